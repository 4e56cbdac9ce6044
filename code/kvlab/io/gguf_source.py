"""A GGUF file's weights, by their Hugging Face names and in the Hugging Face order."""

from __future__ import annotations

import numpy as np

from kvlab.io.assemble import UnsupportedModelError, expected_tensors
from kvlab.io.gguf import GgufFile
from kvlab.io.gguf_config import ROPE_FACTORS
from kvlab.io.quants import dequantise, dequantise_transposed
from kvlab.io.quants_simple import Array
from kvlab.model.config import ModelConfig

_TOP_NAMES = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_LAYER_NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


class GgufSource:
    """The weights of a GGUF file as a ``TensorSource``.

    Files of the llama architecture store each head's query and key rows as (2i, 2i + 1) pairs, because their
    usual reader rotates neighbours; here they are put back into the order (i, i + D/2) of the original checkpoint.
    Everything that cannot be computed is refused on construction, before memory is taken.

    Raises
    ------
    UnsupportedModelError
        A tensor of a type that is not read, or one that the architecture has no use for; named.
    """

    def __init__(self, file: GgufFile, config: ModelConfig) -> None:
        self._file, self._config = file, config
        self._names = {gguf_name(name): name for name in expected_tensors(config)}
        for name, info in file.tensors.items():
            if name != ROPE_FACTORS and name not in self._names:
                raise UnsupportedModelError(
                    f"{file.path} has a tensor {name}, which a {config.architecture} model of this package has no "
                    "use for: leaving it out would compute something else than the model."
                )
            _ = info.kind  # names a type that is not read

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The tensor's shape, rows first, or None where the file has no such tensor."""
        info = self._file.tensors.get(gguf_name(name))
        return None if info is None else info.shape

    def read(self, name: str) -> Array:
        """The tensor as float32, ``[out, in]``.

        The embedding comes row by row; a matrix is the transposed view of a contiguous ``[in, out]`` array, or, where
        ``empty_weights`` keeps outputs in rows, contiguous itself: copying it there is one straight pass.
        """
        info = self._file.tensors[gguf_name(name)]
        raw = self._file.raw(info.name)
        by_output = name.endswith("down_proj.weight") and info.shape[0] < info.shape[1]
        if len(info.shape) != 2 or name == "model.embed_tokens.weight" or by_output:
            array = dequantise(info.kind, raw, info.shape)  # [V, E], [E, M] or [n]
        else:
            array = dequantise_transposed(info.kind, raw, (info.shape[0], info.shape[1])).T  # [out, in]
        if self._config.architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            array = _halves_apart(array.T, self._config.head_dim).T
        self._file.release(info.name)  # all of the file would otherwise lie in memory beside the weights
        return array


def gguf_name(name: str) -> str:
    """The GGUF name of a tensor: ``model.layers.3.mlp.up_proj.bias`` is ``blk.3.ffn_up.bias``."""
    stem, _, kind = name.rpartition(".")
    if stem in _TOP_NAMES:
        return f"{_TOP_NAMES[stem]}.{kind}"
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{_LAYER_NAMES[part]}.{kind}"


def _halves_apart(columns: Array, head_dim: int) -> Array:
    """Reorder the last axis, head by head, from pairs (2i, 2i + 1) to pairs (i, i + D/2)."""
    pairs = columns.reshape(*columns.shape[:-1], -1, head_dim // 2, 2)
    return np.ascontiguousarray(np.swapaxes(pairs, -1, -2)).reshape(columns.shape)
