"""How a Hugging Face config spells rotary embedding, in its older and its newer way.

Older: ``rope_theta`` at the top, and ``rope_scaling`` with a ``type`` or ``rope_type``, or null. Newer: one
``rope_parameters`` that holds the base too, flat or once per kind of layer. Either way one rotation comes
out; a config that describes two different ones is refused, since only its author knows which is meant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.json_fields import Fields
from kvlab.model.rope import RopeConfig


def read_rope(config: Fields) -> RopeConfig:
    """The rotation that a config describes.

    Parameters
    ----------
    config : Fields
        The whole config.json; ``rope_theta`` and ``max_position_embeddings`` have defaults.

    Raises
    ------
    UnsupportedModelError
        A kind of scaling, or a different rotation per layer, that this package does not compute.
    ValueError
        A parameter is missing, of the wrong type, or contradicts another.
    """
    found = [(section.where, _rope(section)) for section in _sections(config)]
    if not found:
        return RopeConfig(theta=config.number("rope_theta"))
    first_name, first = found[0]
    for name, other in found[1:]:
        if other != first:
            raise UnsupportedModelError(
                f"{first_name} and {name} describe different rotations ({first} and {other}); "
                "one rotation for all layers is supported."
            )
    return first


def _sections(config: Fields) -> Iterator[Fields]:
    """Every object that describes a rotation; what it leaves out, the top level supplies."""
    outer = {
        "rope_theta": config.number("rope_theta"),
        "original_max_position_embeddings": config.optional_integer("original_max_position_embeddings"),
        "max_position_embeddings": config.integer("max_position_embeddings"),
    }
    for key in ("rope_scaling", "rope_parameters"):
        section = config.optional_object(key)
        if not section:  # null and {} both mean a plain rotation
            continue
        nested = {name: value for name, value in section.items() if isinstance(value, dict)}
        if not nested:
            yield Fields(key, section, outer)
        elif len(nested) == len(section):
            yield from (Fields(f"{key}.{name}", value, outer) for name, value in nested.items())
        else:
            odd = sorted(section.keys() - nested.keys())
            raise UnsupportedModelError(
                f"{key} mixes rotations per kind of layer ({', '.join(nested)}) with {', '.join(odd)}; "
                "one rotation for all layers is supported."
            )


def _rope(section: Fields) -> RopeConfig:
    kind = _kind(section)
    if kind not in _READERS:
        raise UnsupportedModelError(
            f"RoPE scaling {kind!r} in {section.where} is not supported; {', '.join(_READERS)} are."
        )
    if section.optional_number("partial_rotary_factor") not in (None, 1.0) or section.given.get("mrope_section"):
        raise UnsupportedModelError(
            f"{section.where} rotates only part of each head, or rotates by several axes "
            "(partial_rotary_factor, mrope_section); heads rotated as a whole by one position are supported."
        )
    return RopeConfig(theta=section.number("rope_theta"), scaling=kind, **_READERS[kind](section))


def _kind(section: Fields) -> str:
    """The kind of scaling, under either of its two keys."""
    newer, older = section.optional_text("rope_type"), section.optional_text("type")
    if newer and older and newer != older:
        raise ValueError(f"{section.where} has rope_type {newer!r} and type {older!r}; keep the right one.")
    return newer or older or "default"


def _linear(section: Fields) -> dict[str, Any]:
    return {"factor": section.number("factor")}


def _llama3(section: Fields) -> dict[str, Any]:
    return {
        "factor": section.number("factor"),
        "low_freq_factor": section.number("low_freq_factor"),
        "high_freq_factor": section.number("high_freq_factor"),
        "original_max_positions": _original_context(section),
    }


def _yarn(section: Fields) -> dict[str, Any]:
    if section.number("rope_theta") <= 1:  # its logarithm spaces the pairs
        raise ValueError(f"rope_theta is {section.number('rope_theta')}; yarn needs more than 1.")
    original = _original_context(section)
    factor = section.optional_number("factor")
    if factor is None:
        factor = section.integer("max_position_embeddings") / original
    truncate = section.optional_flag("truncate")
    return {
        "factor": factor,
        "original_max_positions": original,
        "beta_fast": section.optional_number("beta_fast") or 32.0,
        "beta_slow": section.optional_number("beta_slow") or 1.0,
        "attention_factor": _attention_factor(section, factor),
        "truncate": True if truncate is None else truncate,
    }


def _attention_factor(section: Fields, factor: float) -> float | None:
    """YaRN's magnitude where a config sets it, directly or as DeepSeek's quotient of two; else None, the paper's."""
    given = section.optional_number("attention_factor")
    above, below = section.optional_number("mscale"), section.optional_number("mscale_all_dim")
    if given is not None or not (above and below):
        return given

    def magnitude(scale: float) -> float:
        return 0.1 * scale * math.log(factor) + 1.0 if factor > 1 else 1.0

    return magnitude(above) / magnitude(below)


def _original_context(section: Fields) -> int:
    """The context before scaling: said in the section or beside it, else the model's own."""
    key = "original_max_position_embeddings"
    inside, outside = section.optional_integer(key), section.defaults[key]
    if inside is not None and outside is not None and inside != outside:
        raise ValueError(f"{key} is {inside} in {section.where} and {outside} beside it; keep the right one.")
    value = inside or outside or section.integer("max_position_embeddings")
    if value < 1:
        raise ValueError(f"{key} in {section.where} is {value}; it must be at least 1.")
    return int(value)


_READERS: dict[str, Callable[[Fields], dict[str, Any]]] = {
    "default": lambda section: {}, "linear": _linear, "llama3": _llama3, "yarn": _yarn,
}  # fmt: skip
