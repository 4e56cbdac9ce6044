"""Random models written as GGUF files, as llama.cpp's converters would write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf_writer
import numpy as np

from kvlab import ModelConfig, ModelWeights, random_weights

TINY = ModelConfig(n_layers=2, embed_dim=32, n_heads=4, n_kv_heads=2, head_dim=8, mlp_dim=64, vocab_size=50)


def pairs_together(rows: np.ndarray, head_dim: int) -> np.ndarray:
    """What converters do to the Q/K rows of llama files: of each head, row i and row i + D/2 become neighbours."""
    half = head_dim // 2
    order = [h * head_dim + s * half + i for h in range(len(rows) // head_dim) for i in range(half) for s in (0, 1)]
    return rows[order]


def tensors_of(config: ModelConfig, weights: ModelWeights) -> dict[str, np.ndarray]:
    """Every tensor by its GGUF name, ``[out, in]``."""
    split = np.cumsum([config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim])
    found = {"token_embd.weight": weights.embedding, "output_norm.weight": weights.final_norm}
    if weights.head is not None:
        found["output.weight"] = weights.head.T
    for i, layer in enumerate(weights.layers):
        arrays: dict[str, np.ndarray | None] = {
            "attn_norm.weight": layer.attention_norm, "attn_output.weight": layer.output.T,
            "ffn_norm.weight": layer.mlp_norm, "ffn_down.weight": layer.down.T,
            "attn_output.bias": layer.output_bias, "ffn_down.bias": layer.down_bias,
            "attn_q_norm.weight": layer.query_norm, "attn_k_norm.weight": layer.key_norm,
        }  # fmt: skip
        for kind, fused in (("weight", layer.qkv.T), ("bias", layer.qkv_bias)):
            if fused is not None:
                q, k, v = np.split(fused, split)
                if config.architecture == "llama":
                    q, k = pairs_together(q, config.head_dim), pairs_together(k, config.head_dim)
                arrays |= {f"attn_q.{kind}": q, f"attn_k.{kind}": k, f"attn_v.{kind}": v}
        for kind, fused in (("weight", layer.gate_up.T), ("bias", layer.gate_up_bias)):
            if fused is not None:
                arrays[f"ffn_gate.{kind}"], arrays[f"ffn_up.{kind}"] = np.split(fused, 2)
        found |= {f"blk.{i}.{name}": array for name, array in arrays.items() if array is not None}
    return found


def settings_of(config: ModelConfig) -> dict[str, Any]:
    named = {
        "block_count": config.n_layers, "embedding_length": config.embed_dim, "feed_forward_length": config.mlp_dim,
        "attention.head_count": config.n_heads, "attention.head_count_kv": config.n_kv_heads,
        "attention.key_length": config.head_dim, "attention.value_length": config.head_dim,
        "attention.layer_norm_rms_epsilon": config.norm_eps, "rope.freq_base": config.rope.theta,
        "context_length": config.max_positions,
    }  # fmt: skip
    return {"general.architecture": config.architecture} | {
        f"{config.architecture}.{name}": value for name, value in named.items()
    }


def write_model(
    path: Path,
    config: ModelConfig = TINY,
    weights: ModelWeights | None = None,
    *,
    settings: dict[str, Any] | None = None,
    extra: dict[str, np.ndarray] | None = None,
    without: str = "",
) -> Path:
    """Write a model as F32, with settings and tensors added, or one left out."""
    weights = weights or random_weights(config)
    arrays = tensors_of(config, weights) | (extra or {})
    tensors = [gguf_writer.f32(name, array) for name, array in arrays.items() if name != without]
    return gguf_writer.write(path, settings_of(config) | (settings or {}), tensors)
