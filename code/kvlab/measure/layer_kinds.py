"""Which kind each layer of a model is, read from its config.json: the many ways in which people write it down.

The answer is one word a layer: ``full``, ``sliding``, ``chunked`` (all tokens of a chunk of fixed length), ``csa`` and
``hca`` (compressed), ``state`` (recurrent, whatever kind), ``both`` (attention beside a state) or ``none``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kvlab.measure.config_values import integer

_WORDS = {
    "full_attention": "full", "attention": "full", "global": "full", "indexed_attention": "full", "*": "full",
    "minimax_m3_sparse": "full", "qla": "full", "hybrid": "both", "sliding_attention": "sliding", "local": "sliding",
    "hybrid_sliding": "sliding", "chunked_attention": "chunked", "compressed_sparse_attention": "csa",
    "heavily_compressed_attention": "hca", "linear_attention": "state", "mamba": "state", "mamba2": "state",
    "M": "state", "conv": "state", "recurrent": "state", "gated_delta": "state", "kda": "state", "moe": "none",
    "mlp": "none", "-": "none", "E": "none",
}  # fmt: skip
_LISTS = ("layer_types", "layers_block_type", "hybrid_override_pattern")
# Families whose configs may leave out a pattern that their code knows: every n-th layer is full.
_EVERY = {
    "gemma2": 2, "gemma3": 6, "gemma3_text": 6, "gemma3n": 5, "gemma3n_text": 5, "gemma4": 6, "gemma4_text": 6,
    "gemma4_unified": 6, "gemma4_unified_text": 6, "vaultgemma": 2, "gpt_oss": 2, "cohere2": 4, "olmo3": 4,
    "exaone4": 4, "kolibri1": 5, "beam": 6,
}  # fmt: skip
_FULL_FIRST = {"cwm": 4, "granite_swa": 4, "granitemoe_swa": 4}  # likewise, beginning with a full one
_ALL = (
    "mistral",
    "mixtral",
    "ministral",
    "phi3",
    "phimoe",
    "phi4_multimodal",
    "starcoder2",
    "moshi",
)  # windows everywhere


def layer_kinds(values: Mapping[str, Any], n_layers: int) -> list[str]:
    """One word for each layer.

    Parameters
    ----------
    values : mapping
        A config.json, with the defaults of its family filled in.
    n_layers : int

    Raises
    ------
    ValueError
        A list is too short, or holds a kind that this calculator does not know.
    """
    for rule in (_listed, _hybrid, _compressed, _sliding):
        if (kinds := rule(values, n_layers)) is not None:
            return kinds
    return ["full"] * n_layers


def _listed(values: Mapping[str, Any], n_layers: int) -> list[str] | None:
    """Written out layer by layer."""
    for key in _LISTS:
        if entries := values.get(key):
            return [_word(entry, key) for entry in _as_long(entries, n_layers, key)]
    return None


def _hybrid(values: Mapping[str, Any], n_layers: int) -> list[str] | None:
    """Attention every few layers, something recurrent between."""
    family = values.get("model_type")
    linear = values.get("linear_attn_config") or {}
    if "full_attn_layers" in linear:  # Kimi Linear counts from 1
        return ["full" if i + 1 in linear["full_attn_layers"] else "state" for i in range(n_layers)]
    if flags := values.get("attn_type_list"):  # MiniMax
        return ["full" if flag else "state" for flag in _as_long(flags, n_layers, "attn_type_list")]
    if block_types := values.get("block_types"):  # RecurrentGemma: repeated, its attention windowed
        words = [_word(block_types[i % len(block_types)], "block_types") for i in range(n_layers)]
        return ["sliding" if word == "full" else word for word in words]
    if period := values.get("attn_layer_period"):  # Jamba
        offset = values.get("attn_layer_offset", 0)
        return ["full" if i % period == offset else "state" for i in range(n_layers)]
    if "attn_layer_indices" in values:  # Bamba
        chosen = set(values["attn_layer_indices"] or ())
        return ["full" if i in chosen else "state" for i in range(n_layers)]
    every = values.get("full_attention_interval") or values.get("layer_group_size")
    if every is None and "linear_num_value_heads" in values:  # Qwen3-Next and its heirs
        every = 4
    if every:
        return ["state" if (i + 1) % every else "full" for i in range(n_layers)]
    if family == "falcon_h1":
        return ["both"] * n_layers
    return ["state"] * n_layers if family in ("mamba", "mamba2", "falcon_mamba") else None


def _compressed(values: Mapping[str, Any], n_layers: int) -> list[str] | None:
    """DeepSeek-V4: a ratio for each layer, 0 for a plain window."""
    if not (ratios := values.get("compress_ratios")):
        return None
    words = {0: "sliding", 4: "csa", 128: "hca"}
    return [words.get(ratio, "csa") for ratio in _as_long(ratios, n_layers, "compress_ratios")]


def _sliding(values: Mapping[str, Any], n_layers: int) -> list[str] | None:
    """Windows in all layers, in some, or by a pattern."""
    family = str(values.get("model_type"))
    if values.get("attention_chunk_size") and family.startswith("llama4"):
        rotated = values.get("no_rope_layers") or [(i + 1) % 4 for i in range(n_layers)]
        return ["chunked" if flag else "full" for flag in _as_long(rotated, n_layers, "no_rope_layers")]
    if attention_types := values.get("attention_types"):  # GPT-Neo: [[["global", "local"], 12]]
        return [_word(word, "attention_types") for words, times in attention_types for word in list(words) * times]
    if not values.get("sliding_window") or values.get("use_sliding_window") is False:
        return None
    if first := _FULL_FIRST.get(family):
        return ["sliding" if i % first else "full" for i in range(n_layers)]
    every = values.get("sliding_window_pattern") or values.get("global_attn_every_n_layers") or _EVERY.get(family)
    if isinstance(every, str):  # "LLLG"
        return ["full" if every[i % len(every)] == "G" else "sliding" for i in range(n_layers)]
    if every:
        return ["sliding" if (i + 1) % every else "full" for i in range(n_layers)]
    if values.get("use_sliding_window"):  # Qwen: the first layers are full
        full = integer(values, "max_window_layers") or 0
        return ["full" if i < full else "sliding" for i in range(n_layers)]
    return ["sliding"] * n_layers if family in _ALL else None  # elsewhere the key is there, but in no use


def _word(entry: object, key: str) -> str:
    if not isinstance(entry, str) or entry not in _WORDS:
        raise ValueError(f"{key} holds {entry!r}, a kind of layer that this calculator does not know.")
    return _WORDS[entry]


def _as_long(entries: Sequence[Any], n_layers: int, key: str) -> Sequence[Any]:
    if len(entries) < n_layers:
        raise ValueError(f"{key} has {len(entries)} entries for {n_layers} layers; give one a layer.")
    return entries[:n_layers]
