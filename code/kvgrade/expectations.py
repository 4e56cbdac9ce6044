"""What the test of an exercise says.

A test calls the learner's function on small inputs, smallest first, and compares:

    with given("window 2, query position 3, keys at [0 1 2 3]"):
        expect(answer.window_mask(queries, keys, 2), want, "visible", why="a token sees itself")

A plain ``assert condition, "sentence"`` fails in the same way. ``why`` is the property that the comparison stands for,
said so that a learner whose answer breaks it knows the mistake.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from kvgrade.compare import Comparison
from kvgrade.show import said, show
from kvgrade.wrong import Wrong


def expect(
    got: Any,
    want: Any,
    what: str = "result",
    *,
    why: str = "",
    rtol: float = 0.0,
    atol: float = 0.0,
    dtype: DTypeLike | None = None,
) -> None:
    """Compare what came back with what is right.

    Parameters
    ----------
    got, want : array, number, string, None, or a list, tuple or dict of them
        A float equals the int of the same value, but a truth value is no number. A list equals the tuple of the same
        values.
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
    Comparison(why, rtol, atol, None if dtype is None else np.dtype(dtype)).compare(got, want, what)


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
        raise Wrong(f"{what} must raise {error.__name__}", f"yours raised {said(other)}") from None
    raise Wrong(f"{what} must raise {error.__name__}", f"yours returned {show(got)}")


@contextlib.contextmanager
def unchanged(arrays: dict[str, np.ndarray], doing: str) -> Iterator[None]:
    """These arrays must come out as they went in.

    Raises
    ------
    Wrong
        One of them has another shape, another dtype or other bits.
    """
    before = {name: array.copy() for name, array in arrays.items()}
    yield
    for name, array in arrays.items():
        if not same_bits(array, before[name]):
            raise Wrong(f"{doing} changed {name}", "work on a copy, or write somewhere else")


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal in shape, dtype and every bit."""
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()
