"""Reading a JSON file that someone else wrote: every value is asked for by name and type, or refused in a sentence.

Checkpoints are described in JSON, where a typo, a string for a number or a null is one keystroke away. Found
here, it is a sentence; found later, it is a wrong model or a traceback from deep inside NumPy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file.

    Raises
    ------
    FileNotFoundError
        There is no such file; the sentence names what the folder holds instead.
    ValueError
        The file is not JSON, or its outermost value is not an object.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path.name} in {path.parent}, which {_holds(path.parent)}.")
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # ValueError: bad UTF-8, bad JSON
        raise ValueError(f"{path} is not valid JSON ({error}); download it again.") from error
    if not isinstance(value, dict):
        raise ValueError(f"{path} holds a JSON {type(value).__name__}; an object in braces was expected.")
    return value


def _holds(folder: Path) -> str:
    if not folder.is_dir():
        return "is not a folder"
    names = sorted(entry.name for entry in folder.iterdir())
    return f"holds {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}" if names else "is empty"


@dataclass(frozen=True)
class Fields:
    """A JSON object whose values are asked for by type.

    A key that is absent takes its default. A null does too, except in the ``optional_`` methods, where it is
    an answer of its own ("no window", "as many as query heads") and comes back as None.

    Attributes
    ----------
    where : str
        What the object is called in messages, such as ``"rope_scaling"``; empty for the outermost one.
    given : mapping
        The object as read.
    defaults : mapping
        Values for absent keys.
    """

    where: str
    given: Mapping[str, Any]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def optional_integer(self, key: str) -> int | None:
        """A whole number, or None."""
        value: int | None = self._typed(key, (int,), "a whole number")
        return value

    def optional_number(self, key: str) -> float | None:
        """A finite number, or None."""
        value = self._typed(key, (int, float), "a number")
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{self.name(key)} is {value}; it must be finite.")
        return None if value is None else float(value)

    def optional_flag(self, key: str) -> bool | None:
        """True, false, or None."""
        value: bool | None = self._typed(key, (bool,), "true or false")
        return value

    def optional_text(self, key: str) -> str | None:
        """A string, or None."""
        value: str | None = self._typed(key, (str,), "a string")
        return value

    def optional_texts(self, key: str) -> list[str] | None:
        """A list of strings, or None."""
        value: list[str] | None = self._typed(key, (list,), "a list of strings")
        if value is not None and not all(isinstance(entry, str) for entry in value):
            raise ValueError(f"{self.name(key)} is {value}; every entry must be a string.")
        return value

    def optional_object(self, key: str) -> dict[str, Any] | None:
        """A JSON object, or None."""
        value: dict[str, Any] | None = self._typed(key, (dict,), "an object")
        return value

    def integer(self, key: str) -> int:
        """A whole number."""
        value = self.optional_integer(key)
        return int(self._default(key)) if value is None else value

    def number(self, key: str) -> float:
        """A finite number."""
        value = self.optional_number(key)
        return float(self._default(key)) if value is None else value

    def flag(self, key: str) -> bool:
        """True or false; false where nothing else is the default."""
        value = self.optional_flag(key)
        return bool(self.defaults.get(key, False)) if value is None else value

    def name(self, key: str) -> str:
        """The key as messages call it."""
        return f"{key} in {self.where}" if self.where else key

    def _typed(self, key: str, kinds: tuple[type, ...], expected: str) -> Any:
        value = self.given.get(key, self.defaults.get(key))
        # in Python a bool is an int; in JSON `true` is no number
        if value is None or (isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))):
            return value
        raise ValueError(f"{self.name(key)} is {value!r}; it must be {expected}.")

    def _default(self, key: str) -> Any:
        if self.defaults.get(key) is None:
            raise ValueError(f"{self.name(key)} is missing, and there is no usual value to take for it.")
        return self.defaults[key]
