"""The book's weights under the names and in the shapes of a Hugging Face checkpoint."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kvlab.model.config import ModelConfig
from kvlab.model.transformer import Transformer
from kvlab.model.weights import LayerWeights

Array = NDArray[np.float32]


def checkpoint_state(model: Transformer) -> dict[str, Array]:
    """Every weight of a Llama without biases, its matrices ``[out, in]``.

    Raises
    ------
    ValueError
        The model has biases or norms of queries and keys.
    """
    config = model.config
    if config.qkv_bias or config.output_bias or config.mlp_bias or config.qk_norm:
        raise ValueError("only a Llama without biases and without query and key norms is compared.")
    state = {"model.embed_tokens.weight": model.weights.embedding, "model.norm.weight": model.weights.final_norm}
    head = model.weights.embedding if model.weights.head is None else model.weights.head.T
    state["lm_head.weight"] = head
    for i, layer in enumerate(model.weights.layers):
        state |= {f"model.layers.{i}.{name}.weight": array for name, array in _layer(config, layer).items()}
    return {name: np.ascontiguousarray(array) for name, array in state.items()}


def _layer(config: ModelConfig, layer: LayerWeights) -> dict[str, Array]:
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    query, key, value = np.split(layer.qkv.T, [queries, queries + keys])
    gate, up = np.split(layer.gate_up.T, 2)
    return {
        "input_layernorm": layer.attention_norm, "post_attention_layernorm": layer.mlp_norm,
        "self_attn.q_proj": query, "self_attn.k_proj": key, "self_attn.v_proj": value,
        "self_attn.o_proj": layer.output.T,
        "mlp.gate_proj": gate, "mlp.up_proj": up, "mlp.down_proj": layer.down.T,
    }  # fmt: skip
