"""Where a device's memory goes as the context grows: weights, activations and cache against the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, dots, element, identifier, text
from kvlab.measure.units import binary

_WIDTH, _LIMIT, _TOP, _EACH, _BAR = 340, 272, 58, 78, 26


@dataclass(frozen=True)
class Bill:
    """One way to run a model.

    Attributes
    ----------
    name : str
        Short: ``8 key/value heads, bf16``.
    weights, activations : float
        Bytes that do not depend on the context.
    cache : sequence of float
        Bytes at each context length.
    """

    name: str
    weights: float
    activations: float
    cache: Sequence[float]

    def together(self, i: int) -> float:
        """All bytes at one length."""
        return self.weights + self.activations + self.cache[i]


def memory_bill(
    lengths: Sequence[int],
    bills: Sequence[Bill],
    limit: float,
    *,
    title: str,
    subject: str,
    start: int = 0,
    still: int = -1,
    name: str = "memory-bill",
) -> Stepper:
    """Step through context lengths; each bill is a bar, and the line is what the device has.

    Parameters
    ----------
    lengths : sequence of int
        The context lengths, growing.
    bills : sequence of Bill
    limit : float
        The device's memory in bytes.
    title : str
        The finding.
    subject : str
        Whose bill it is: ``Llama 3.1 8B, 8 sequences``.
    start, still : int
        The frame that opens, and the one with the finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    identifier(name)
    if any(len(bill.cache) != len(lengths) for bill in bills):
        raise ValueError(f"each bill needs {len(lengths)} cache sizes, one for each length")
    bottom = _TOP + _EACH * len(bills)
    drawing: list[str | Moving] = [f"<defs>{dots(f'{name}-weights', 'weights')}</defs>", *_key(name)]
    for row, bill in enumerate(bills):
        drawing += _bar(bill, _TOP + _EACH * row, limit, name)
    drawing += _line(limit, bottom)
    captions = [_caption(length, bills, i, limit) for i, length in enumerate(lengths)]
    names = [f"T = {length:,}" for length in lengths]
    return Stepper(
        drawing, captions, (_WIDTH, bottom + 30), name, title, f"{subject}. {captions[still]}", "Context", names, start,
        still, stills=(0, still),
    )  # fmt: skip


def _key(name: str) -> list[str | Moving]:
    """What the marks mean."""
    entries = [("weights", f"url(#{name}-weights)", 0), ("activations", variable("new"), 88)]
    entries.append(("KV cache", variable("cached"), 196))
    marks: list[str | Moving] = []
    for word, fill, x in entries:
        marks += [element("rect", {"x": x, "y": 4, "width": 15, "height": 13, "fill": fill}), text(word, x + 21, 15)]
    return [element("g", {"font-size": 13}, "".join(str(mark) for mark in marks))]


def _bar(bill: Bill, top: float, limit: float, name: str) -> list[str | Moving]:
    """One bill: its name, its bar, and its sizes in words."""
    scale, frames = _LIMIT / limit, range(len(bill.cache))
    edges = [bill.weights * scale, (bill.weights + bill.activations) * scale]
    at = [min(edge, _WIDTH) for edge in edges]
    ends = [min((bill.together(i)) * scale, float(_WIDTH)) for i in frames]
    cached: dict[str, Value] = {"x": at[1], "y": top + 8, "height": _BAR, "fill": variable("cached")}
    words: dict[str, Value] = {"x": 0, "y": top + _BAR + 25, "font-size": 13}
    over = [bill.together(i) > limit for i in frames]
    said = [
        f"cache {binary(size)}, together {binary(bill.together(i))}{': too much' if over[i] else ''}"
        for i, size in enumerate(bill.cache)
    ]
    shades = [variable("recomputed" if too_much else "ink") for too_much in over]
    torn = [{"visibility": "visible" if bill.together(i) * scale > _WIDTH else "hidden"} for i in frames]
    bars = [(0.0, at[0], f"url(#{name}-weights)"), (at[0], max(1.5, at[1] - at[0]), variable("new"))]
    return [
        text(bill.name, 0, top, font_size=13, font_weight=700),
        *(element("rect", {"x": x, "y": top + 8, "width": w, "height": _BAR, "fill": fill}) for x, w, fill in bars),
        Moving("rect", cached, [{"width": max(0.0, end - at[1])} for end in ends]),
        Moving("path", _tear(top + 8), torn),
        Moving("text", words, [{"text": line, "fill": fill} for line, fill in zip(said, shades, strict=True)]),
    ]


def _tear(top: float) -> dict[str, Value]:
    """Where a bar is longer than the picture: a gap in zigzag before its end."""
    teeth = "l6 7l-6 8l6 8l-6 7"
    return {"d": f"M{_WIDTH - 20} {top - 2}{teeth}", "fill": "none", "stroke": variable("paper"), "stroke-width": 5}


def _line(limit: float, bottom: float) -> list[str | Moving]:
    """The limit, over all bars."""
    rule: dict[str, Value] = {
        "x1": _LIMIT,
        "x2": _LIMIT,
        "y1": 30,
        "y2": bottom,
        "stroke": variable("ink"),
        "stroke-width": 2,
    }
    rule["stroke-dasharray"] = "6 3"
    words = text(f"the device: {binary(limit)}", _LIMIT, bottom + 18, font_size=13, text_anchor="middle")
    return [element("line", rule), words]


def _caption(length: int, bills: Sequence[Bill], i: int, limit: float) -> str:
    parts = [
        f"{bill.name}, {binary(bill.cache[i])} of cache, {bill.cache[i] / bill.weights:.2g} times the weights"
        f"{', which does not fit' if bill.together(i) > limit else ''}"
        for bill in bills
    ]
    return f"At {length:,} tokens: " + "; ".join(parts) + "."
