"""How often each key and value is computed: one row per token, one block per time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kvlab.figures.frames import Stepper
from kvlab.figures.how_often_words import Counts, captions, description, first_time
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, element, grouped, hatch, identifier, text
from kvlab.figures.words import shown

_PITCH, _BAR, _TOP = 16, 11, 34
_LEFT, _ROOM, _RIGHT = 86, 160, 298


def how_often(
    tokens: Sequence[str],
    recompute_counts: Any,
    cached_counts: Any,
    *,
    title: str,
    name: str = "how-often",
) -> Stepper:
    """Show, step by step, how often each position's key and value have been computed, in two runs.

    A block is one computation of one row: solid the first time, hatched every time after that.

    Parameters
    ----------
    tokens : sequence of str
        The prompt and what was generated, in order.
    recompute_counts, cached_counts : array of int [steps, positions]
        After each generation step, how often each position's K/V row has been computed; 0 (or less)
        where there is none yet. The first step reads the prompt.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    runs = [_counts(counts, len(tokens)) for counts in (recompute_counts, cached_counts)]
    if runs[0].shape != runs[1].shape:
        raise ValueError(f"two runs of different shapes, {runs[0].shape} and {runs[1].shape}, do not compare")
    identifier(name)
    unit = min(14.0, _ROOM / max(1, int(runs[0].max())))
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'recomputed')}</defs>", *_headings()]
    drawing += _labels(tokens, runs[0])
    drawing += _blocks(runs[0], _LEFT, unit, name) + _blocks(runs[1], _RIGHT, unit, name)
    drawing += _totals(runs, _TOP + _PITCH * len(tokens) + 22) + _legend(_TOP + _PITCH * len(tokens) + 50, name)
    return Stepper(
        drawing,
        captions(tokens, *runs),
        (340, _TOP + _PITCH * len(tokens) + 58),
        name,
        title,
        description(tokens, *runs),
        stills=(1, -1),
    )


def _counts(counts: Any, positions: int) -> Counts:
    array = np.maximum(np.asarray(counts, dtype=np.int64), 0)
    if array.ndim != 2 or array.shape[1] > positions:
        raise ValueError(f"counts are [steps, positions] for at most {positions} tokens, not {array.shape}")
    return np.pad(array, ((0, 0), (0, positions - array.shape[1])))


def _headings() -> list[str]:
    style: dict[str, Value] = {"font_size": 13, "font_weight": 600}
    return [
        text("without a cache", _LEFT, 16, **style),
        text("with a cache", 340, 16, text_anchor="end", **style),
    ]


def _labels(tokens: Sequence[str], counts: Counts) -> list[str | Moving]:
    """Write the tokens: bold and in their own colour where new, slanted where just picked, unseen before."""
    fresh, rows = first_time(counts), (counts > 0).sum(axis=1)
    labels: list[str | Moving] = []
    for position, token in enumerate(tokens):
        kinds = np.where(fresh[:, position], "new", np.where(counts[:, position] > 0, "old", "none"))
        kinds[rows == position] = "next"
        fixed: dict[str, Value] = {"x": _LEFT - 8, "y": _TOP + _PITCH * position + 10}
        labels.append(Moving("text", fixed, [_label(str(kind)) for kind in kinds], shown(token)))
    return grouped({"text-anchor": "end", "font-size": 12.5}, labels)


def _label(kind: str) -> dict[str, Value]:
    return {
        "fill": {"new": variable("new"), "next": variable("muted")}.get(kind, variable("ink")),
        "font-weight": 700 if kind == "new" else 400,
        "font-style": "italic" if kind == "next" else "normal",
        "visibility": "hidden" if kind == "none" else "visible",
    }


def _blocks(counts: Counts, left: float, unit: float, name: str) -> list[str | Moving]:
    """Draw each row's first computation (with a thick edge while new), its repeats, and the number."""
    columns = zip(counts.T, first_time(counts).T, strict=True)
    rows = [_row(times, fresh, left, unit, _TOP + _PITCH * i) for i, (times, fresh) in enumerate(columns)]
    first, more, numbers = zip(*rows, strict=True)
    return [
        *grouped({"fill": f"url(#{name}-hatch)"}, more),
        *grouped({"fill": variable("cached"), "stroke": variable("new")}, first),
        *grouped({"fill": variable("muted"), "font-size": 12}, numbers),
    ]


def _row(times: Counts, fresh: Any, left: float, unit: float, y: float) -> tuple[Moving, Moving, Moving]:
    box: dict[str, Value] = {"y": y, "height": _BAR}
    edges = zip(times, fresh, strict=True)
    first = [{"width": unit if n else 0, "stroke-width": 3 if new else 0} for n, new in edges]
    more = [{"width": unit * max(0, int(n) - 1)} for n in times]
    numbers: list[dict[str, Value]] = [{"x": left + unit * int(n) + 5, "text": str(n) if n else ""} for n in times]
    return (
        Moving("rect", {"x": left, **box}, first),
        Moving("rect", {"x": left + unit, **box}, more),
        Moving("text", {"y": y + 10}, numbers),
    )


def _totals(runs: Sequence[Counts], y: float) -> list[str | Moving]:
    """The sum below each run."""
    places = [(_LEFT, "start", "recomputed"), (340, "end", "cached")]
    shapes: list[str | Moving] = [text("K/V rows", _LEFT - 8, y, text_anchor="end", font_size=12.5)]
    for counts, (x, anchor, role) in zip(runs, places, strict=True):
        fixed: dict[str, Value] = {"x": x, "y": y, "text-anchor": anchor, "font-size": 17, "font-weight": 700}
        fixed["fill"] = variable(role)
        shapes.append(Moving("text", fixed, [{"text": f"{total:,}"} for total in counts.sum(axis=1)]))
    return shapes


def _legend(y: float, name: str) -> list[str | Moving]:
    """Say what the blocks mean."""
    fills = [(_LEFT, variable("cached"), "first time"), (_LEFT + 84, f"url(#{name}-hatch)", "again")]
    shapes: list[str | Moving] = []
    for x, fill, words in fills:
        shapes.append(element("rect", {"x": x, "y": y - 10, "width": 11, "height": _BAR, "fill": fill}))
        shapes.append(text(words, x + 17, y, font_size=12.5))
    edge: dict[str, Value] = {"fill": "none", "stroke": variable("new"), "stroke-width": 3}
    shapes.append(element("rect", {"x": _LEFT + 144, "y": y - 10, "width": 11, "height": _BAR, **edge}))
    return [*shapes, text("new in this step", _LEFT + 161, y, font_size=12.5)]
