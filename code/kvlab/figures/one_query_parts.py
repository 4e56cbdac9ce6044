"""Pieces of `one_query`: what comes and goes, and a vector as a row of boxes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.one_query_words import NAMES, signed
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, element, grouped

FRAMES = len(NAMES)
BOX, TALL = 27, 22  # of one number


def during(first: int, last: int = FRAMES) -> list[dict[str, Value]]:
    """States of what is visible in some of the frames, from the first and before the last."""
    return [{"visibility": "visible" if first <= frame < last else "hidden"} for frame in range(FRAMES)]


def vector(
    row: NDArray[np.float64], x: float, y: float, role: str, states: Sequence[dict[str, Value]]
) -> list[str | Moving]:
    """Draw a row of numbers in boxes.

    Parameters
    ----------
    row : array ``[D]``
    x, y : float
        Its upper left corner.
    role : str
        The colour.
    states : sequence of dict
        Of the boxes' ground: `fill-opacity` where it stays, `visibility` where it comes and goes with its numbers.
    """
    box: dict[str, Value] = {"x": x, "y": y, "width": BOX * len(row), "height": TALL, "fill": variable(role)}
    comes = [{"visibility": state.get("visibility", "visible")} for state in states]
    ground = Moving("rect", box if "fill-opacity" in states[0] else {**box, "fill-opacity": 0.2}, states)
    cuts = "".join(f"M{x + BOX * i} {y}v{TALL}" for i in range(1, len(row)))
    numbers = [
        Moving("text", {"x": x + BOX * (i + 0.5), "y": y + 15.5}, comes, signed(number, 1))
        for i, number in enumerate(row)
    ]
    edges = element("path", {"d": cuts, "stroke": variable("paper"), "stroke-width": 1.5})
    return [ground, edges, *grouped({"font-size": 12, "text-anchor": "middle"}, numbers)]
