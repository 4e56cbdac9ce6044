"""Reading a number from a config.json under any of the names that it goes by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")


def text_part(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The language model's part of a config that describes more (images, sound)."""
    for key in _PARTS:
        inner = values.get(key)
        if isinstance(inner, Mapping) and integer(values, "num_hidden_layers", "n_layer", default=None) is None:
            return text_part(inner)
    return values


def integer(values: Mapping[str, Any], *names: str, default: int | None = 0) -> int | None:
    """The first of these names that has a value, as a whole number of at least 0.

    Raises
    ------
    ValueError
        The value is something else.
    """
    for name in names:
        value = values.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} is {value!r}; it must be a whole number of at least 0.")
        return value
    return default


def needed(values: Mapping[str, Any], what: str, *names: str) -> int:
    """As `integer`, where nothing can be done without: at least 1.

    Raises
    ------
    ValueError
        None of the names has such a value.
    """
    found = integer(values, *names, default=None)
    if found is None:
        raise ValueError(f"{what} is missing: none of {', '.join(names)} is there.")
    if found < 1:
        raise ValueError(f"{what} is {found}; there must be at least 1.")
    return found
