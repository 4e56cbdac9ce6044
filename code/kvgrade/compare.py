"""Two values, told apart: in kind, shape, dtype and value, in that order.

What an answer returns may be of a class of its own, which can say of itself whatever it likes: that it is an int, that
it equals everything. So only plain numbers, texts and arrays are compared; an object of another class is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kvgrade.show import differences, shape, shorten, show
from kvgrade.wrong import Wrong

PLAIN = frozenset({bool, int, float, complex, str, bytes, type(None)})
NUMPY_SCALARS = frozenset(np.dtype(code).type for code in np.typecodes["All"])


@dataclass(frozen=True)
class Comparison:
    """How values are compared; see `kvgrade.expectations.expect`."""

    why: str = ""
    rtol: float = 0.0
    atol: float = 0.0
    dtype: np.dtype[Any] | None = None

    def compare(self, got: Any, want: Any, what: str) -> None:
        """Compare one value and all that is in it.

        Raises
        ------
        Wrong
            They differ.
        """
        if got is None and want is not None:
            raise Wrong(f"{what} is None: is a return missing?", f"expected {show(want)}")
        if isinstance(want, dict):
            self._dicts(got, want, what)
        elif isinstance(want, (list, tuple)):
            self._sequences(got, want, what)
        elif isinstance(want, np.ndarray):
            self._arrays(got, want, what)
        elif not self._same(got, want):
            raise self._wrong(what, *told_apart(got, want, what))

    def _dicts(self, got: Any, want: dict[Any, Any], what: str) -> None:
        if not isinstance(got, dict) or set(got) != set(want):
            expected, yours = str(sorted(map(str, want))), show(got)
            if isinstance(got, dict):
                yours = shorten(str(sorted(map(str, got))))
            raise Wrong(f"{what} must be a dict with certain keys", f"expected {expected}", f"yours    {yours}")
        for key in want:
            self.compare(got[key], want[key], f"{what}[{key!r}]")

    def _sequences(self, got: Any, want: list[Any] | tuple[Any, ...], what: str) -> None:
        """Tokens and other exact values are compared and shown whole, anything else one by one."""
        found = list(got) if isinstance(got, (list, tuple, np.ndarray)) else None
        if all(type(value) in PLAIN - {float, complex} for value in map(_plain, want)):
            if isinstance(got, np.ndarray) or found is None or not self._all_same(found, want):
                raise self._wrong(what, *told_apart(got, want, what))
            return
        if found is None or len(found) != len(want):
            size = f"a {type(got).__name__}" if found is None else f"{len(found)} long"
            raise Wrong(f"{what} must be a {type(want).__name__} of {len(want)}", f"yours is {size}: {show(got)}")
        for i, (one, right) in enumerate(zip(found, want, strict=True)):
            self.compare(one, right, f"{what}[{i}]")

    def _arrays(self, got: Any, want: np.ndarray, what: str) -> None:
        if isinstance(got, np.generic) and want.ndim == 0:
            got = np.asarray(got)
        if not isinstance(got, np.ndarray):
            raise Wrong(f"{what} must be an array", f"yours is a {type(got).__name__}: {show(got)}")
        got = np.ndarray.view(got, np.ndarray)  # whatever a subclass says of itself
        if got.shape != want.shape:
            raise Wrong(f"{what}: wrong shape", f"expected {shape(want)}", f"yours    {shape(got)}")
        if got.dtype != self.dtype if self.dtype is not None else _kind(got) != _kind(want):
            raise Wrong(f"{what}: wrong dtype", f"expected {self.dtype or want.dtype}", f"yours    {got.dtype}")
        apart = self._apart(got, want)
        if apart.any():
            raise self._wrong(what, *differences(got, want, apart))

    def _apart(self, got: np.ndarray, want: np.ndarray) -> np.ndarray:
        """Where two arrays of one shape differ; NaN equals NaN if there is a tolerance."""
        if not (self.rtol or self.atol):
            return np.asarray(got != want)
        with np.errstate(invalid="ignore"):
            return np.asarray(~np.isclose(got, want, rtol=self.rtol, atol=self.atol, equal_nan=True))

    def _all_same(self, got: list[Any], want: list[Any] | tuple[Any, ...]) -> bool:
        return len(got) == len(want) and all(map(self._same, got, want))

    def _same(self, got: Any, want: Any) -> bool:
        if type(got) not in PLAIN | NUMPY_SCALARS:
            return False
        got, want = _plain(got), _plain(want)
        if not _number(want):
            return type(got) is type(want) and bool(got == want)
        if not _number(got):
            return False
        close = bool(self.rtol or self.atol) and abs(got - want) <= self.atol + self.rtol * abs(want)
        return bool(close or got == want)

    def _wrong(self, what: str, *lines: str) -> Wrong:
        return Wrong(self.why or f"{what} is wrong", *lines)


def told_apart(got: Any, want: Any, what: str) -> list[str]:
    """Lines that show two values that differ, also where a few digits of them are the same."""
    right, yours = show(want), show(got)
    if right == yours:
        right, yours = (f"{shorten(repr(value))} ({type(value).__name__})" for value in (want, got))
    if isinstance(want, str) and len(want) > 40:
        return [f"expected {right}", f"yours    {yours}"]
    return [f"{what}: expected {right}, yours {yours}"]


def _plain(value: Any) -> Any:
    """Python's value for a truth value, integer or text of NumPy's; its floats know how exact they are, and stay."""
    return value.item() if isinstance(value, (np.bool_, np.integer, np.character)) else value


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number)) and not isinstance(value, bool)


def _kind(array: np.ndarray) -> str:
    return {"i": "integer", "u": "integer"}.get(array.dtype.kind, array.dtype.kind)
