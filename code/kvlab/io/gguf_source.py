"""A GGUF file's weights, by their Hugging Face names and in the Hugging Face order."""

from __future__ import annotations

import numpy as np

from kvlab.io.assemble import UnsupportedModelError, expected_tensors
from kvlab.io.gguf import GgufFile
from kvlab.io.gguf_config import ROPE_FACTORS
from kvlab.io.quants import dequantise_into
from kvlab.io.quants_simple import Array, Bytes
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

    def read_into(self, name: str, out: Array) -> None:
        """Write the tensor to its place, ``[out, in]``."""
        info = self._file.tensors[gguf_name(name)]
        raw = self._file.raw(info.name)
        if self._config.architecture == "llama" and ("q_proj" in name or "k_proj" in name):
            raw = _halves_apart(raw.reshape(info.shape[0], -1), self._config.head_dim)
        dequantise_into(info.kind, raw, out)
        self._file.release(info.name)  # all of the file would otherwise lie in memory beside the weights


def gguf_name(name: str) -> str:
    """The GGUF name of a tensor: ``model.layers.3.mlp.up_proj.bias`` is ``blk.3.ffn_up.bias``."""
    stem, _, kind = name.rpartition(".")
    if stem in _TOP_NAMES:
        return f"{_TOP_NAMES[stem]}.{kind}"
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{_LAYER_NAMES[part]}.{kind}"


def _halves_apart(rows: Bytes, head_dim: int) -> Bytes:
    """Reorder rows of bytes, head by head, from pairs (2i, 2i + 1) to pairs (i, i + D/2); they come one after another.

    Done before they are decoded: they are shorter then.
    """
    pairs = rows.reshape(-1, head_dim // 2, 2, rows.shape[-1])  # [H, D/2, 2, bytes]
    return np.ascontiguousarray(np.swapaxes(pairs, 1, 2)).reshape(-1)
