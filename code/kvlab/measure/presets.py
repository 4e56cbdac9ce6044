"""Models by name: what their config.json says, how many parameters were published, and where to check both."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from kvlab.measure.budget import Widths, widths_of
from kvlab.measure.config_layers import layers_of, with_defaults
from kvlab.measure.config_values import integer
from kvlab.measure.memory import CacheModel

_TUNED = ("instruct", "chat", "base", "it", "hf", "meta")


@dataclass(frozen=True)
class Described:
    """A model as far as memory is concerned.

    Attributes
    ----------
    name : str
    cache : CacheModel
    widths : Widths
    max_positions : int or None
        The context that its makers state.
    source : str
        Where its numbers are from.
    remark : str
        What a reader should know of them.
    """

    name: str
    cache: CacheModel
    widths: Widths
    max_positions: int | None
    source: str
    remark: str = ""


def described(
    config: Mapping[str, Any], name: str, source: str, *, n_parameters: int | None = None, remark: str = ""
) -> Described:
    """A model described by a config.json.

    Raises
    ------
    ValueError
        The config lacks or contradicts something.
    """
    layers = layers_of(config)
    limit = integer(with_defaults(config), "max_position_embeddings", "n_positions", "seq_length", default=None)
    return Described(name, CacheModel(layers), widths_of(config, layers, n_parameters), limit, source, remark)


def from_config(path: str | Path) -> Described:
    """The model that a config.json describes; a folder stands for the file in it.

    Raises
    ------
    ValueError
        There is no such file, it is no JSON object, or it does not describe a model that can be sized.
    """
    place = Path(path)
    place = place / "config.json" if place.is_dir() else place
    try:
        values = json.loads(place.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{place} cannot be read ({error.strerror or error}); give a config.json.") from error
    except ValueError as error:
        raise ValueError(f"{place} is not valid JSON ({error}).") from error
    if not isinstance(values, dict):
        raise ValueError(f"{place} holds a JSON {type(values).__name__}; an object in braces was expected.")
    try:
        return described(values, str(values.get("_name_or_path") or place), str(place))
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error


@cache
def rows() -> dict[str, dict[str, Any]]:
    """The preset file's rows by name."""
    text = files("kvlab.measure.data").joinpath("presets.json").read_text(encoding="utf-8")
    return {row["name"]: row for row in json.loads(text)["models"]}


def preset(name: str) -> Described:
    """The model of that name, whatever the case and the punctuation.

    Raises
    ------
    ValueError
        There is none; the sentence offers names that are near.
    """
    plain = {_plain(known): known for row in rows().values() for known in [row["name"], *row.get("aliases", [])]}
    wanted = _plain(name.rpartition("/")[2])
    if wanted not in plain:
        near = difflib.get_close_matches(wanted, plain, n=4, cutoff=0.5)
        offer = (
            f"Did you mean {' or '.join(plain[one] for one in near)}?" if near else f"There are {', '.join(rows())}."
        )
        raise ValueError(f"there is no preset {name!r}. {offer} Any other model: --config path/to/config.json.")
    found = plain[wanted]
    row = next(row for row in rows().values() if found in [row["name"], *row.get("aliases", [])])
    made = described(
        row["config"], row["name"], row["source"], n_parameters=row.get("parameters"), remark=row.get("remark", "")
    )
    return replace(made, max_positions=row.get("max_positions", made.max_positions))


def _plain(name: str) -> str:
    """What two ways to write a model's name have in common: no case, no punctuation, no word for its tuning."""
    words = re.split(r"[-_:\s]+", name.lower())
    return "".join(word for word in words if word not in _TUNED)
