"""Known wrong answers, recognised by what they return.

A test file may define ``probes(answer)``, which yields calls on fixed inputs. Whatever a known wrong answer returns
there is written down in ``mistakes.json`` beside the tests, so that nothing of the answer itself has to be in a
learner's copy. A wrong answer that returns the same, within rounding, has made the same mistake.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

CLOSE = 1e-4  # two float32 implementations of one mistake differ by rounding, some 1e-6; two mistakes by far more


@dataclass(frozen=True)
class Mistake:
    """A known wrong answer: its name, the sentence for whoever makes it, where it happened, what it returns.

    ``item`` is the first test that it fails. An answer that returns the same but fails another has another fault.
    """

    name: str
    item: str
    says: str
    where: str
    link: str
    outcomes: tuple[Any, ...]


def outcomes(tests: ModuleType, answer: Any) -> list[Any] | None:
    """What an answer returns at the probes, as JSON can hold it; None if the tests have no probes."""
    if not hasattr(tests, "probes"):
        return None
    with warnings.catch_warnings():  # where a warning is an error, a wrong answer would return another outcome
        warnings.simplefilter("ignore")
        return [_outcome(call) for call in tests.probes(answer)]


def recognise(found: list[Any] | None, item: str, known: tuple[Mistake, ...]) -> Mistake | None:
    """The first known mistake that fails the same test and returns the same."""
    if found is None:
        return None
    alike = (mistake for mistake in known if mistake.item == item)
    return next((mistake for mistake in alike if _close(found, list(mistake.outcomes))), None)


def read_mistakes(path: Path, name: str) -> tuple[Mistake, ...]:
    """The recorded mistakes of one exercise; none if the file is absent or not of this version.

    A mistake that cannot be named must not keep a learner from a verdict. A test holds the files to their sources.
    """
    try:
        recorded = json.loads(path.read_text(encoding="utf-8"))[name]
        return tuple(Mistake(**{**entry, "outcomes": tuple(entry["outcomes"])}) for entry in recorded)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _outcome(call: Callable[[], Any]) -> Any:
    """What one call returns, or the name of what it raises."""
    try:
        return _as_json(call())
    except BaseException as error:  # an answer may also exit
        return {"raised": type(error).__name__}


def _as_json(value: Any) -> Any:
    """A value as JSON can hold it, arrays with their shape and their numbers to five digits."""
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "values": [_as_json(one) for one in value.ravel().tolist()]}
    if isinstance(value, np.generic):
        return _as_json(value.item())
    if type(value) is float:
        return float(f"{value:.5g}") if np.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [_as_json(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _as_json(one) for key, one in value.items()}
    return value if type(value) in (int, str, bool, type(None)) else type(value).__name__


def _close(a: Any, b: Any) -> bool:
    """Whether two values, as JSON holds them, are the same within rounding."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_close(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(_close, a, b))
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return abs(a - b) <= CLOSE * max(1.0, abs(a), abs(b))
    return type(a) is type(b) and bool(a == b)
