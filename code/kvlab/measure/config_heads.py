"""The key/value heads of a layer, from a config.json: how many, and how wide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kvlab.measure.config_values import integer, needed

WIDTH = ("hidden_size", "n_embd", "d_model", "dim")
HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads", "decoder_attention_heads")
HEAD_DIM = ("head_dim", "kv_channels", "attention_head_dim", "attention_head_size")
_KV_HEADS = ("num_key_value_heads", "num_kv_heads", "n_kv_heads", "n_head_kv", "num_attention_groups")


@dataclass(frozen=True)
class Heads:
    """Key/value heads of one layer and their two widths."""

    count: int
    key_dim: int
    value_dim: int

    @classmethod
    def of(cls, values: Mapping[str, Any], kind: str) -> Heads:
        """As the config says for this kind of layer."""
        if "attn_config" in values and isinstance(values["attn_config"], Mapping):  # MPT, DBRX
            values = {**values, **{key: value for key, value in values["attn_config"].items() if value is not None}}
        heads = needed(values, "the number of query heads", *HEADS)
        own = {"full": ("num_global_key_value_heads",), "sliding": ("swa_num_key_value_heads",)}.get(kind, ())
        count = _kv_heads(values, heads, own)
        own = {"full": ("global_head_dim",), "sliding": ("swa_head_dim",)}.get(kind, ())
        dim = integer(values, *own, *HEAD_DIM, default=None)
        if dim is None:
            width = needed(values, "the width", *WIDTH)
            if width % heads:
                raise ValueError(f"the width {width} is no multiple of {heads} heads: state head_dim.")
            dim = width // heads
        one_array = values.get("attention_k_eq_v") and kind == "full"  # Gemma 4 keeps no values of their own there
        value_dim = 0 if one_array else integer(values, "v_head_dim") or dim
        return cls(count, needed({"head_dim": dim}, "the head dimension", "head_dim"), value_dim)


def _kv_heads(values: Mapping[str, Any], heads: int, own: tuple[str, ...]) -> int:
    """Stated, or as many as query heads; Falcon and StarCoder say it with a flag."""
    if values.get("multi_query") and not values.get("new_decoder_architecture"):
        return 1
    if values.get("multi_query_attention"):  # ChatGLM
        return needed(values, "the number of key/value heads", "multi_query_group_num")
    found = integer(values, *own, *_KV_HEADS, default=None)
    found = heads if found is None else found
    if found < 1 or heads % found:
        raise ValueError(f"{heads} query heads cannot share {found} key/value heads evenly: check num_key_value_heads.")
    return found
