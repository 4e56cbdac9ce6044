"""One query of one head: its scores, their softmax, the sum of values; then all queries at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.frames import Stepper
from kvlab.figures.one_query_parts import BOX, FRAMES, during, vector
from kvlab.figures.one_query_rows import ROW, all_rows
from kvlab.figures.one_query_words import NAMES, captions, description, signed
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, element, grouped, identifier, text
from kvlab.figures.words import shown
from kvlab.model.ops import softmax

Floats = NDArray[np.float64]

_KEYS, _SCORE, _WEIGHT, _VALUES = 46, 189, 199, 232  # where the columns are; the scores end there
_PITCH, _TOP = 28, 76


def one_query(
    tokens: Sequence[str], queries: Any, keys: Any, values: Any, *, title: str, name: str = "one-query"
) -> Stepper:
    """Show causal attention of the last token's query, number by number; then all rows, then what a next token needs.

    Parameters
    ----------
    tokens : sequence of str, T of them, at most 6
    queries, keys, values : array ``[T, D]``
        One head's, D at most 4, so that every number has a box.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    q, k, v = (np.asarray(rows, dtype=np.float64) for rows in (queries, keys, values))
    fits = q.ndim == 2 and q.shape[0] == len(tokens) <= 6 and 1 <= q.shape[1] <= 4
    if not (fits and q.shape == k.shape == v.shape):
        raise ValueError(
            f"{len(tokens)} tokens with arrays {q.shape}, {k.shape}, {v.shape}: give at most 6 tokens, and for each of "
            "them a row of at most 4 numbers in all three."
        )
    identifier(name)
    scores, weights = scores_and_weights(q, k)
    mixed = weights[-1] @ v  # [D]
    bottom = _TOP + _PITCH * len(tokens)
    drawing = [*_query(tokens[-1], q[-1]), *_headings(), *_table(tokens, k, v, weights[-1])]
    drawing += [*_scores(scores[-1], weights[-1]), *_sum(mixed, bottom), *all_rows(tokens, weights, bottom + 66)]
    drawing += _kept(len(tokens), q.shape[1])
    size = (340, bottom + 72 + ROW * (len(tokens) + 1))
    said = captions(tokens, scores, weights, mixed)
    return Stepper(drawing, said, size, name, title, description(tokens, weights), "Step", NAMES, stills=(3, -1))


def scores_and_weights(queries: Floats, keys: Floats) -> tuple[Floats, Floats]:
    """Scores and weights ``[T, T]`` of one head's queries and keys; a later key scores minus infinity."""
    scores = queries @ keys.T / np.sqrt(queries.shape[1])
    scores[np.triu_indices(len(scores), 1)] = -np.inf
    weights: Any = softmax(scores)  # the model's own, here in float64
    return scores, weights


def _query(token: str, row: Floats) -> list[str | Moving]:
    """The one query, on top; the next token has no use for it."""
    words = Moving("text", {"x": _KEYS + BOX * len(row) + 8, "y": 19.5, "font-size": 12.5}, during(0, 5),
                   f"the query of “{shown(token)}”")  # fmt: skip
    label = Moving("text", {"x": _KEYS - 7, "y": 19.5, "font-size": 13, "font-weight": 700, "text-anchor": "end",
                            "fill": variable("query")}, during(0, 5), "Q")  # fmt: skip
    return [label, *vector(row, _KEYS, 4, "query", during(0, 5)), words]


def _headings() -> list[str | Moving]:
    head: dict[str, Value] = {"y": _TOP - 10, "font-size": 12.5, "font-weight": 600}
    return [
        element("text", {**head, "x": _KEYS, "fill": variable("key")}, "K, keys"),
        element("text", {**head, "x": 340, "text-anchor": "end", "fill": variable("value")}, "V, values"),
        Moving("text", {**head, "x": _SCORE - 6, "text-anchor": "end"}, during(1, 5), "score"),
        Moving("text", {**head, "x": _WEIGHT + 32, "text-anchor": "end"}, during(2, 5), "weight"),
    ]


def _table(tokens: Sequence[str], k: Floats, v: Floats, weights: Floats) -> list[str | Moving]:
    """A key and a value for each token; while they are summed, a value is as strong as its weight."""
    still: list[dict[str, Value]] = [{"fill-opacity": 0.2}] * FRAMES
    drawn: list[str | Moving] = []
    for i, token in enumerate(tokens):
        y = _TOP + _PITCH * i
        drawn.append(text(shown(token, 6), _KEYS - 7, y + 15.5, font_size=12.5, text_anchor="end"))
        strong: list[dict[str, Value]] = list(still)
        strong[3] = {"fill-opacity": round(0.02 + 0.4 * float(weights[i] / weights.max()), 2)}
        drawn += [*vector(k[i], _KEYS, y, "key", still), *vector(v[i], _VALUES, y, "value", strong)]
    return drawn


def _scores(scores: Floats, weights: Floats) -> list[str | Moving]:
    """The scores, then the weights, each with a bar."""
    drawn: list[str | Moving] = []
    for i, (score, weight) in enumerate(zip(scores, weights, strict=True)):
        y = _TOP + _PITCH * i
        bar: dict[str, Value] = {"x": _WEIGHT, "y": y + 18, "width": float(34 * weight), "height": 5}
        drawn += [
            Moving("text", {"x": _SCORE, "y": y + 14}, during(1, 5), signed(score, 2)),
            Moving("text", {"x": _WEIGHT + 28, "y": y + 14, "font-weight": 700}, during(2, 5), f"{weight:.2f}"),
            Moving("rect", {**bar, "fill": variable("query")}, during(2, 5)),
        ]
    return grouped({"font-size": 12, "text-anchor": "end"}, drawn)


def _sum(mixed: Floats, y: float) -> list[str | Moving]:
    words: dict[str, Value] = {"x": _VALUES - 8, "y": y + 21.5, "font-size": 12.5, "text-anchor": "end"}
    return [
        Moving("text", words, during(3, 5), "sum of weight × value"),
        *vector(mixed, _VALUES, y + 6, "new", during(3, 5)),
    ]


def _kept(n_tokens: int, width: int) -> list[str | Moving]:
    """In the last frame: edges around what stays."""
    box: dict[str, Value] = {"y": _TOP - 3, "width": BOX * width + 4, "height": _PITCH * n_tokens, "fill": "none",
                             "stroke": variable("cached"), "stroke-width": 3, "rx": 3}  # fmt: skip
    label: dict[str, Value] = {"x": 340, "y": _TOP + _PITCH * n_tokens + 20, "font-size": 13, "font-weight": 700,
                               "fill": variable("cached"), "text-anchor": "end"}  # fmt: skip
    return [
        *(Moving("rect", {**box, "x": x - 2}, during(5)) for x in (_KEYS, _VALUES)),
        Moving("text", label, during(5), "kept: keys and values, nothing else"),
    ]
