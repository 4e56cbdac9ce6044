"""The parts of a forward pass: which takes how many operations as the context grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, dots, element, hatch, identifier, text
from kvlab.figures.words import in_words, percent

Floats = NDArray[np.float64]

_WIDTH, _BAR, _LIST, _CHART, _HIGH = 340, 40, 62, 44, 132
_ROLES = ("weights", "query", "recomputed", "new", "value", "key")
_MARKS = {"weights": dots, "recomputed": hatch}


def where_work_goes(
    lengths: Sequence[int],
    parts: Mapping[str, Any],
    *,
    title: str,
    crossings: Mapping[int, str] | None = None,
    roles: Mapping[str, str] | None = None,
    start: int = 0,
    name: str = "where-work-goes",
) -> Stepper:
    """Show the shares of one forward pass over ``T`` tokens: a bar for one length, all lengths below it.

    Parameters
    ----------
    lengths : sequence of int
        The context lengths, growing, spaced evenly on a log scale (powers of two).
    parts : mapping of str to array [len(lengths)]
        Operations of each part at each length, stacked in this order.
    title : str
        The finding.
    crossings : mapping of int to str, optional
        Sentences, each added to the caption of the first frame whose length is at least its key, and
        marked in the lower chart: ``{9216: "From T = 9,216 on, scores take more than the MLP."}``.
    roles : mapping of str to str, optional
        Colours of the parts by meaning; weights, query, recomputed and new in turn if not given.
    start : int
        The frame that opens; on paper it stands beside the last.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    identifier(name)
    work = np.array([np.asarray(values, dtype=np.float64) for values in parts.values()])
    if work.shape != (len(parts), len(lengths)):
        raise ValueError(f"each part needs {len(lengths)} numbers, one for each length")
    shares = work / work.sum(axis=0)
    means = roles or {}
    chosen = {part: means.get(part, _ROLES[i % len(_ROLES)]) for i, part in enumerate(parts)}
    fills = [f"url(#{name}-{role})" if role in _MARKS else variable(role) for role in chosen.values()]
    marks = "".join(_MARKS[role](f"{name}-{role}", role) for role in sorted(set(chosen.values())) if role in _MARKS)
    bottom = _LIST + 22 * len(parts) + _CHART
    drawing: list[str | Moving] = [f"<defs>{marks}</defs>", *_bar(shares, fills)]
    drawing += _table(list(chosen.items()), work, shares, fills)
    drawing += [*_areas(lengths, shares, fills, bottom), *_axis(lengths, crossings or {}, bottom)]
    captions = _captions(lengths, list(parts), work, crossings or {})
    names = [f"T = {length:,}" for length in lengths]
    size = (_WIDTH, bottom + _HIGH + 44)
    description = f"{captions[start]} {captions[-1]}"
    return Stepper(
        drawing, captions, size, name, title, description, "Context length", names, start, stills=(start, -1)
    )


def _bar(shares: Floats, fills: Sequence[str]) -> list[Moving]:
    """One bar, as wide as the canvas, cut by share."""
    ends = np.cumsum(shares, axis=0) * _WIDTH
    bars = []
    for share, end, fill in zip(shares, ends, fills, strict=True):
        states = [
            {"x": float(e - s * _WIDTH), "width": max(0.0, float(s * _WIDTH) - 1.5)}
            for s, e in zip(share, end, strict=True)
        ]
        bars.append(Moving("rect", {"y": 4, "height": _BAR, "fill": fill}, states))
    return bars


def _table(parts: Sequence[tuple[str, str]], work: Floats, shares: Floats, fills: Sequence[str]) -> list[str | Moving]:
    """The parts' names with their marks, shares and operations."""
    rows: list[str | Moving] = []
    for i, (part, _) in enumerate(parts):
        y = _LIST + 22 * i + 10
        number: dict[str, Value] = {"y": y, "text-anchor": "end", "font-size": 13}
        rows += [
            element("rect", {"x": 0, "y": y - 11, "width": 16, "height": 13, "fill": fills[i]}),
            text(part, 24, y, font_size=13),
            Moving("text", {**number, "x": 196, "font-weight": 700}, [{"text": percent(s)} for s in shares[i]]),
            Moving("text", {**number, "x": 340, "fill": variable("muted")}, [{"text": in_words(w)} for w in work[i]]),
        ]
    return rows


def _places(lengths: Sequence[int]) -> Floats:
    logs = np.log2(np.asarray(lengths, dtype=np.float64))
    places: Floats = (logs - logs[0]) / (logs[-1] - logs[0]) * _WIDTH
    return places


def _areas(lengths: Sequence[int], shares: Floats, fills: Sequence[str], top: float) -> list[str | Moving]:
    """The shares at every length, and a line at the one shown."""
    x = _places(lengths)
    edges = top + np.vstack([np.zeros(len(x)), np.cumsum(shares, axis=0)]) * _HIGH
    shapes: list[str | Moving] = [
        text("share of all operations, 0 to 100%", 0, top - 10, font_size=12, fill=variable("muted"))
    ]
    for i, fill in enumerate(fills):
        outline = [*zip(x, edges[i], strict=True), *zip(x[::-1], edges[i + 1][::-1], strict=True)]
        points = " ".join(f"{px:.1f},{py:.1f}" for px, py in outline)
        shapes.append(element("polygon", {"points": points, "fill": fill, "stroke": variable("paper")}))
    line: dict[str, Value] = {
        "y": top - 4,
        "width": 3,
        "height": _HIGH + 8,
        "fill": variable("ink"),
        "stroke": variable("paper"),
    }
    return [*shapes, Moving("rect", line, [{"x": float(place) - 1.5} for place in x])]


def _axis(lengths: Sequence[int], crossings: Mapping[int, str], top: float) -> list[str]:
    """Name the lower chart's scale and mark where one part overtakes another."""
    x, y = _places(lengths), top + _HIGH
    chosen = range(0, len(lengths), max(1, (len(lengths) - 1) // 3))
    labels = []
    for i in chosen:
        anchor = "start" if x[i] < 20 else "end" if x[i] > _WIDTH - 20 else "middle"
        labels.append(text(f"{lengths[i]:,}", float(x[i]), y + 20, font_size=12, text_anchor=anchor))
    labels.append(text("T, tokens (log scale)", 0, y + 38, font_size=12, fill=variable("muted")))
    if crossings:
        labels.append(text("▲ one part overtakes another", 340, y + 38, font_size=12, text_anchor="end"))
    for crossing in crossings:
        place = float(np.interp(np.log2(crossing), np.log2(lengths), x))
        labels.append(element("path", {"d": f"M{place:.1f} {y + 1:.1f}l-5 7h10z", "fill": variable("ink")}))
    return labels


def _captions(lengths: Sequence[int], parts: Sequence[str], work: Floats, crossings: Mapping[int, str]) -> list[str]:
    captions = []
    for i, length in enumerate(lengths):
        largest = int(work[:, i].argmax())
        share = percent(work[largest, i] / work[:, i].sum())
        words = f"T = {length:,}: {in_words(work[:, i].sum())} operations, {share} of them in {parts[largest]}."
        past = lengths[i - 1] if i else 0
        captions.append(" ".join([words, *(words for at, words in crossings.items() if past < at <= length)]))
    return captions
