"""The lower half of `one_query`: a row of weights for each query, and one more for the next token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.one_query_parts import FRAMES, during
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, grouped
from kvlab.figures.words import shown

ROW = 22
_LEFT, _CELL = 46, 41


def all_rows(tokens: Sequence[str], weights: NDArray[np.float64], top: float) -> list[str | Moving]:
    """Draw the weights ``[T, T]``: the last row comes with the softmax, the others when all queries have their turn."""
    last = len(tokens) - 1
    heads = ["Weights: rows are queries, columns keys"] * (FRAMES - 1) + ["One new row; those above are used up"]
    states = [{**state, "text": words} for state, words in zip(during(2), heads, strict=True)]
    drawn: list[str | Moving] = [
        Moving("text", {"x": 0, "y": top - 10, "font-size": 12.5, "font-weight": 600}, states),
    ]
    for i, token in enumerate(tokens):
        first = 2 if i == last else 4
        drawn.append(_label(shown(token, 6), top + ROW * i, _fading(first)))
        drawn += grouped({"font-size": 12, "text-anchor": "middle"}, _row(weights[i], i, top + ROW * i, first))
    return [*drawn, *_next(len(tokens), top + ROW * len(tokens))]


def _fading(first: int) -> list[dict[str, Value]]:
    """Visible from a frame on, and of less weight in the last."""
    return [
        {**state, "fill": variable("muted" if frame == FRAMES - 1 else "ink")}
        for frame, state in enumerate(during(first))
    ]


def _label(words: str, y: float, states: Sequence[dict[str, Value]]) -> Moving:
    return Moving("text", {"x": _LEFT - 7, "y": y + 14.5, "font-size": 12.5, "text-anchor": "end"}, states, words)


def _row(weights: NDArray[np.float64], own: int, y: float, first: int) -> list[str | Moving]:
    """One query's weights; later keys are dashed."""
    cells: list[str | Moving] = []
    for key, weight in enumerate(weights):
        x = _LEFT + _CELL * key
        box: dict[str, Value] = {"x": x, "y": y, "width": _CELL - 2, "height": ROW - 2}
        if key > own:
            dashed: dict[str, Value] = {"fill": "none", "stroke": variable("free"), "stroke-dasharray": "3 3"}
            cells.append(Moving("rect", {**box, **dashed}, during(4, FRAMES - 1)))
            continue
        strength = [round(0.45 * float(weight), 2)] * (FRAMES - 1) + [0.04]
        paint = [{**state, "fill-opacity": s} for state, s in zip(during(first), strength, strict=True)]
        cells.append(Moving("rect", {**box, "fill": variable("query")}, paint))
        cells.append(Moving("text", {"x": x + _CELL / 2 - 1, "y": y + 14.5}, _fading(first), f"{weight:.2f}"))
    return cells


def _next(n_tokens: int, y: float) -> list[str | Moving]:
    """The next token's row: a weight for each key there is, and one for its own."""
    edge: dict[str, Value] = {"fill": "none", "stroke": variable("new"), "stroke-width": 2.5, "height": ROW - 3}
    states = during(FRAMES - 1)
    boxes: list[str | Moving] = [
        Moving("rect", {**edge, "x": _LEFT + _CELL * key + 1, "y": y + 1, "width": _CELL - 4}, states)
        for key in range(n_tokens + 1)
    ]
    label = _label("next", y, [{**state, "fill": variable("new")} for state in states])
    return [label, *boxes]
