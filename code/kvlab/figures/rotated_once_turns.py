"""The frames of `rotated_once`: two tokens, the positions they were turned by, and their dot product."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvlab.model.rope import Rope, RopeConfig, rotate

Array = NDArray[np.float32]


class Turn(NamedTuple):
    """One frame.

    Attributes
    ----------
    query, key : int
        The true positions of the two tokens.
    words : str
        What happened, for the caption.
    query_used, key_used : int or None
        The positions they were rotated by, where a bug used others.
    """

    query: int
    key: int
    words: str
    query_used: int | None = None
    key_used: int | None = None

    @property
    def used(self) -> tuple[int, int]:
        """The positions of the rotation: query's, key's."""
        return (
            self.query if self.query_used is None else self.query_used,
            self.key if self.key_used is None else self.key_used,
        )


def turned(vector: Array, position: int) -> Array:
    """The vector rotated by its position: the package's own rotation, one head of two dimensions, ``[2]``."""
    rope = Rope(RopeConfig(), 2)
    result: Array = rotate(vector[None, None], rope.angles(np.array([position])))[0, 0]
    return result


def product_of(query: Array, key: Array, positions: tuple[int, int]) -> float:
    """Dot product of the two after each is turned by its position."""
    return float(turned(query, positions[0]) @ turned(key, positions[1]))


def right(product: float, wanted: float) -> bool:
    """Whether a product is what the true positions give, but for rounding."""
    return abs(product - wanted) < 1e-3


def signed(number: float) -> str:
    """Write a number with its sign, the minus as wide as the plus."""
    return f"{number:+.2f}".replace("-", "−")


def caption(turn: Turn, product: float, wanted: float) -> str:
    """Say what happened, the product, and what it should be."""
    ending = "" if right(product, wanted) else f"; with the true positions it is {signed(wanted)}"
    return f"{turn.words} Q·K is {signed(product)}{ending}."


def description(turns: Sequence[Turn], products: Sequence[float], wanted: Sequence[float]) -> str:
    """Say what all frames show together."""
    wrong = sum(not right(*pair) for pair in zip(products, wanted, strict=True))
    return (
        "Two dials, one for a query and one for a key, turned by their positions. At distance "
        f"{turns[0].query - turns[0].key} their dot product is {signed(products[0])} wherever the pair stands. In "
        f"{wrong} of {len(turns)} frames the rotation used other distances, and the product is wrong."
    )
