"""The Llama family: what each member adds to plain Llama, and what the keys that its config leaves out mean.

The defaults are those of the configuration classes in transformers, whose files may leave out what a class
knows. They matter: a Mistral config without ``sliding_window`` means 4096, one with null means none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.json_fields import Fields


@dataclass(frozen=True)
class Member:
    """One architecture.

    Attributes
    ----------
    switches : function of Fields
        The ``ModelConfig`` fields in which this member may differ from plain Llama.
    defaults : dict
        What absent keys mean.
    """

    switches: Callable[[Fields], dict[str, Any]]
    defaults: dict[str, Any]


_LLAMA_DEFAULTS: dict[str, Any] = {
    "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32,
    "num_attention_heads": 32, "max_position_embeddings": 2048, "rms_norm_eps": 1e-6, "rope_theta": 10000.0,
    "tie_word_embeddings": False,
}  # fmt: skip
_MISTRAL_DEFAULTS: dict[str, Any] = _LLAMA_DEFAULTS | {
    "intermediate_size": 14336, "num_key_value_heads": 8, "max_position_embeddings": 131072,
    "sliding_window": 4096,
}  # fmt: skip
_QWEN_DEFAULTS: dict[str, Any] = _LLAMA_DEFAULTS | {
    "vocab_size": 151936, "intermediate_size": 22016, "num_key_value_heads": 32, "max_position_embeddings": 32768,
    "sliding_window": 4096, "max_window_layers": 28,
}  # fmt: skip


def _llama(fields: Fields) -> dict[str, Any]:
    """Full attention in every layer; biases where they are asked for."""
    if fields.optional_flag("use_sliding_window") is not False and fields.given.get("sliding_window") is not None:
        raise UnsupportedModelError(
            f"sliding_window is {fields.given['sliding_window']!r}, but the llama architecture has no windows. "
            "If it was trained with them its model_type is mistral; if not, remove the key."
        )
    bias = fields.flag("attention_bias")
    return {
        "qkv_bias": bias,
        "output_bias": bias,
        "mlp_bias": fields.flag("mlp_bias"),
        "windows": _windows(fields, None, [_FULL] * fields.integer("num_hidden_layers"), layer_types_count=False),
    }


def _mistral(fields: Fields) -> dict[str, Any]:
    """One window for all layers, or none at all."""
    window = fields.optional_integer("sliding_window")
    kinds = [_FULL if window is None else _SLIDING] * fields.integer("num_hidden_layers")
    return {"windows": _windows(fields, window, kinds, layer_types_count=False)}


def _ministral(fields: Fields) -> dict[str, Any]:
    """Mistral with a choice of window for each layer."""
    window = fields.optional_integer("sliding_window")
    kinds = [_FULL if window is None else _SLIDING] * fields.integer("num_hidden_layers")
    return {"windows": _windows(fields, window, kinds)}


def _qwen2(fields: Fields) -> dict[str, Any]:
    """Biases on queries, keys and values, always; windows only where ``use_sliding_window`` says so."""
    return {"qkv_bias": True, "windows": _qwen_windows(fields)}


def _qwen3(fields: Fields) -> dict[str, Any]:
    """Queries and keys normed per head; biases where they are asked for."""
    bias = fields.flag("attention_bias")
    return {"qkv_bias": bias, "output_bias": bias, "qk_norm": True, "windows": _qwen_windows(fields)}


_FULL, _SLIDING = "full_attention", "sliding_attention"


def _qwen_windows(fields: Fields) -> tuple[int | None, ...]:
    """Unless each layer's kind is listed, the layers from ``max_window_layers`` on are windowed."""
    window = fields.optional_integer("sliding_window") if fields.flag("use_sliding_window") else None
    first = fields.integer("max_window_layers")
    layers = range(fields.integer("num_hidden_layers"))
    return _windows(fields, window, [_FULL if window is None or i < first else _SLIDING for i in layers])


def _windows(
    fields: Fields, window: int | None, usual: list[str], *, layer_types_count: bool = True
) -> tuple[int | None, ...]:
    """Each layer's window, from ``layer_types`` where that is given and the architecture heeds it."""
    kinds = fields.optional_texts("layer_types")
    kinds = usual if kinds is None else kinds
    if unknown := sorted(set(kinds) - {_FULL, _SLIDING}):
        raise UnsupportedModelError(f"layer_types has {unknown[0]!r}; {_FULL} and {_SLIDING} are supported.")
    if len(kinds) != len(usual):
        raise ValueError(f"layer_types has {len(kinds)} entries for {len(usual)} layers; give one a layer.")
    if not layer_types_count and kinds != usual:
        raise UnsupportedModelError(
            f"layer_types contradicts sliding_window ({window}): in this architecture all layers are alike."
        )
    if _SLIDING in kinds and window is None:
        raise ValueError("layer_types has sliding_attention, but no sliding_window is in force: state one.")
    return tuple(window if kind == _SLIDING else None for kind in kinds) if _SLIDING in kinds else ()


MEMBERS: dict[str, Member] = {
    "llama": Member(_llama, _LLAMA_DEFAULTS),
    "mistral": Member(_mistral, _MISTRAL_DEFAULTS),
    "ministral": Member(_ministral, _MISTRAL_DEFAULTS),
    "qwen2": Member(_qwen2, _QWEN_DEFAULTS),
    "qwen3": Member(_qwen3, _QWEN_DEFAULTS | {"head_dim": 128}),
}
