"""Values in a few words: enough to see the mistake, never a screenful."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

FEW = 12  # numbers that are shown in full


def show(value: Any) -> str:
    """A value as a learner can read it in half a line."""
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, (list, tuple)) and any(isinstance(one, np.ndarray) for one in value):
        return f"{type(value).__name__} of " + ", ".join(show(one) for one in value[:3])
    if isinstance(value, Iterator):
        return f"a {type(value).__name__}"  # without its address, which is another in every run
    text = shorten(repr(value))
    return f"{text} ({type(value).__name__})" if text.endswith("…") else text


def shape(array: np.ndarray) -> str:
    """``[2, 3]``, as the book writes shapes."""
    return str(list(array.shape))


def said(error: BaseException) -> str:
    """An exception in one line."""
    name, text = shorten(type(error).__name__), shorten(worded(error), 200)
    return f"{name}: {text}" if text else name


def worded(thing: object) -> str:
    """``str(thing)``, or nothing if its own class cannot say."""
    try:
        return str(thing)
    except BaseException:
        return ""


def shorten(text: str, most: int = 120) -> str:
    """A text in one line, and the beginning of it if it is long."""
    text = " ".join(text[: 10 * most].split())
    return text if len(text) <= most else f"{text[: most - 20]} …"


def _array(array: np.ndarray) -> str:
    if array.size > FEW:
        return f"{array.dtype} array {shape(array)}"
    if array.dtype == bool:
        array = array.astype(int)  # 0 and 1 line up; True and False do not
    text = np.array2string(array, precision=4, separator=", ", suppress_small=True, max_line_width=10_000)
    return " ".join(text.split())


def differences(got: np.ndarray, want: np.ndarray, apart: np.ndarray) -> list[str]:
    """Lines that say where two arrays of one shape differ."""
    if want.size <= FEW:
        lines = [f"expected {show(want)}", f"yours    {show(got)}"]
        return lines if show(want) != show(got) else [*lines, _nearly(got, want)]
    where = tuple(int(i) for i in np.argwhere(apart)[0])
    count = int(np.count_nonzero(apart))
    place = ", ".join(map(str, where))
    return [
        f"{count:,} of {want.size:,} numbers differ, in shape {shape(want)}",
        f"first at [{place}]: expected {show(want[where])}, yours {show(got[where])}",
        *([_nearly(got, want)] if show(want[where]) == show(got[where]) else []),
    ]


def _nearly(got: np.ndarray, want: np.ndarray) -> str:
    """What to say where the digits shown are the same."""
    with np.errstate(invalid="ignore"):
        largest = float(np.nanmax(np.abs(got - want)))
    return f"the largest difference is {largest:.1g}; expected {want.dtype}, yours {got.dtype}"


def printable(text: str, most: int = 2000) -> str:
    """The beginning of a text; what would move a terminal's cursor in it, or fits into no file, is spelled out."""
    text = text if len(text) <= most else f"{text[:most]} …"
    return "".join(one if one.isprintable() or one == "\n" else ascii(one)[1:-1] for one in text.expandtabs())
