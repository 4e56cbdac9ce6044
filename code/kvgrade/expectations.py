"""What the test of an exercise says.

A test calls the learner's function on small inputs, smallest first, and compares:

    with given("window 2, query position 3, keys at [0 1 2 3]"):
        expect(answer.window_mask(queries, keys, 2), want, "visible", why="a token sees itself")

There is one way to fail, the exception `Wrong`: a headline of a few words, and lines below it. A plain
``assert condition, "sentence"`` does the same. ``why`` is the property that the comparison stands for, said so
that a learner whose answer breaks it knows the mistake.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kvgrade.show import differences, shape, show


class Wrong(Exception):
    """An answer is wrong: a headline, and lines that show it on the smallest input."""

    def __init__(self, headline: str, *lines: str) -> None:
        super().__init__(headline)
        self.headline = headline
        self.lines = list(lines)


@contextlib.contextmanager
def given(case: str) -> Iterator[None]:
    """Say what the input is; it becomes the first line below whatever goes wrong inside."""
    try:
        yield
    except Wrong as wrong:
        wrong.lines.insert(0, case)
        raise
    except Exception as error:
        error.add_note(case)
        raise


def expect(
    got: Any, want: Any, what: str = "result", *, why: str = "", rtol: float = 0.0, atol: float = 0.0, dtype: Any = None
) -> None:
    """Compare what came back with what is right.

    Parameters
    ----------
    got, want : array, number, string, None, or a list, tuple or dict of them
    what : str
        The name of the value, for the message.
    why : str
        The property that fails if the values differ.
    rtol, atol : float
        Allowed distance, as in ``np.allclose``. Zero means equal.
    dtype : dtype, optional
        If given, arrays must have it; otherwise only integers, floats and truth values are told apart.

    Raises
    ------
    Wrong
        They differ: in kind, shape, dtype or value, in that order.
    """
    if got is None and want is not None:
        raise Wrong(f"{what} is None: is a return missing?", f"expected {show(want)}")
    if isinstance(want, dict):
        _expect_keys(got, want, what)
        for key in want:
            expect(got[key], want[key], f"{what}[{key!r}]", why=why, rtol=rtol, atol=atol, dtype=dtype)
    elif isinstance(want, (list, tuple)) and not _plain(want):
        _expect_length(got, want, what)
        for i, (one, right) in enumerate(zip(got, want, strict=True)):
            expect(one, right, f"{what}[{i}]", why=why, rtol=rtol, atol=atol, dtype=dtype)
    elif isinstance(want, np.ndarray):
        _expect_array(got, want, what, why, rtol, atol, dtype)
    else:
        _expect_value(got, want, what, why, rtol, atol)


def refuses(call: Callable[[], Any], what: str, error: type[Exception] = ValueError) -> None:
    """The call must raise this error with a message, and nothing else.

    Raises
    ------
    Wrong
        It returned, or raised another error, or gave no message.
    """
    try:
        got = call()
    except error as raised:
        if not str(raised):
            raise Wrong(f"{what}: the {error.__name__} says nothing", "raise it with a sentence") from None
        return
    except NotImplementedError:
        raise
    except Exception as other:
        said = f"{type(other).__name__}: {other}"
        raise Wrong(f"{what} must raise {error.__name__}", f"yours raised {said[:150]}") from None
    raise Wrong(f"{what} must raise {error.__name__}", f"yours returned {show(got)}")


@contextlib.contextmanager
def unchanged(arrays: dict[str, np.ndarray], doing: str) -> Iterator[None]:
    """These arrays must come out as they went in."""
    before = {name: array.copy() for name, array in arrays.items()}
    yield
    for name, array in arrays.items():
        if array.shape != before[name].shape or array.tobytes() != before[name].tobytes():
            raise Wrong(f"{doing} changed {name}", "work on a copy, or write somewhere else")


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal in shape, dtype and every bit."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


# ---- the kinds of values


def _plain(values: list[Any] | tuple[Any, ...]) -> bool:
    """A sequence of exact values, compared and shown whole: tokens, for example."""
    return all(isinstance(value, (int, str, bool, np.integer, type(None))) for value in values)


def _expect_keys(got: Any, want: dict[Any, Any], what: str) -> None:
    if not isinstance(got, dict) or set(got) != set(want):
        yours = sorted(map(str, got)) if isinstance(got, dict) else show(got)
        raise Wrong(
            f"{what} must be a dict with certain keys", f"expected {sorted(map(str, want))}", f"yours    {yours}"
        )


def _expect_length(got: Any, want: list[Any] | tuple[Any, ...], what: str) -> None:
    if not isinstance(got, (list, tuple, np.ndarray)) or len(got) != len(want):
        size = f"{len(got)} long" if isinstance(got, (list, tuple, np.ndarray)) else f"a {type(got).__name__}"
        raise Wrong(f"{what} must be a {type(want).__name__} of {len(want)}", f"yours is {size}: {show(got)}")


def _expect_array(got: Any, want: np.ndarray, what: str, why: str, rtol: float, atol: float, dtype: Any) -> None:
    if not isinstance(got, np.ndarray):
        if want.ndim or not isinstance(got, np.generic):
            raise Wrong(f"{what} must be an array", f"yours is a {type(got).__name__}: {show(got)}")
        got = np.asarray(got)
    if got.shape != want.shape:
        raise Wrong(f"{what}: wrong shape", f"expected {shape(want)}", f"yours    {shape(got)}")
    if got.dtype != dtype if dtype is not None else _kind(got) != _kind(want):
        right = np.dtype(dtype) if dtype is not None else want.dtype
        raise Wrong(f"{what}: wrong dtype", f"expected {right}", f"yours    {got.dtype}")
    with np.errstate(invalid="ignore"):
        apart = ~np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True) if rtol or atol else got != want
    if apart.any():
        raise Wrong(why or f"{what} is wrong", *differences(got, want, apart))


def _kind(array: np.ndarray) -> str:
    return {"i": "integer", "u": "integer"}.get(array.dtype.kind, array.dtype.kind)


def _expect_value(got: Any, want: Any, what: str, why: str, rtol: float, atol: float) -> None:
    if _number(want):
        right = _number(got) and (bool(abs(got - want) <= atol + rtol * abs(want)) or got == want)
    elif isinstance(want, (list, tuple)):
        right = isinstance(got, (list, tuple)) and list(got) == list(want)
    else:
        right = isinstance(got, (type(want), np.generic)) and bool(got == want)
    if not right and isinstance(want, str) and len(want) > 40:
        raise Wrong(why or f"{what} is wrong", f"expected {show(want)}", f"yours    {show(got)}")
    if not right:
        raise Wrong(why or f"{what} is wrong", f"{what}: expected {show(want)}, yours {show(got)}")


def _number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, (bool, np.bool_))
