"""Why a cached key is rotated once: a query and a key turned by their positions, and their dot product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.rotated_once_turns import Array, Turn, caption, description, product_of, right, signed, turned
from kvlab.figures.svg import Moving, Value, element, grouped, identifier, text

_RADIUS, _DIAL_Y, _LINE_Y, _BAR_Y = 62, 92, 220, 298
_DIALS = {"query": 86, "key": 254}


def rotated_once(
    query: Sequence[float], key: Sequence[float], turns: Sequence[Turn], *, title: str, name: str = "rotated-once"
) -> Stepper:
    """Show one pair of a head's dimensions as two dials, the two positions on a line, and the dot product.

    Parameters
    ----------
    query, key : two numbers each
        The vectors before rotation, at most 1 long.
    turns : sequence of Turn
        The frames.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    identifier(name)
    vectors = {"query": np.array(query, np.float32), "key": np.array(key, np.float32)}
    if any(vector.shape != (2,) or np.linalg.norm(vector) > 1.001 for vector in vectors.values()):
        raise ValueError("a dial shows one pair of dimensions: give two numbers each, of length at most 1.")
    products = [product_of(vectors["query"], vectors["key"], turn.used) for turn in turns]
    wanted = [product_of(vectors["query"], vectors["key"], (turn.query, turn.key)) for turn in turns]
    drawing: list[str | Moving] = []
    for role, i in (("query", 0), ("key", 1)):
        drawing += _dial(role, vectors[role], [turn.used[i] for turn in turns], [turn[i] for turn in turns])
    drawing += [*_line(turns), *_product(products, wanted)]
    captions = [caption(*each) for each in zip(turns, products, wanted, strict=True)]
    size, words = (340, _BAR_Y + 46), description(turns, products, wanted)
    return Stepper(drawing, captions, size, name, title, words, still=0, stills=_for_paper(turns))


def _for_paper(turns: Sequence[Turn]) -> list[int]:
    """The frames that show the finding: a pair, the same distance elsewhere, another distance, a wrong position."""
    wrong = [i for i, turn in enumerate(turns) if turn.used != (turn.query, turn.key)]
    other = [i for i, turn in enumerate(turns) if turn.query - turn.key != turns[0].query - turns[0].key]
    return [0, *range(1, len(turns))[:1], *other[:1], *wrong[:1]]


def _dial(role: str, vector: Array, used: Sequence[int], true: Sequence[object]) -> list[str | Moving]:
    """A circle, the arrow before rotation (dashed) and after, and by which position it was turned."""
    x, paint = _DIALS[role], variable(role)
    rim: dict[str, Value] = {"cx": x, "cy": _DIAL_Y, "r": _RADIUS, "fill": "none", "stroke": variable("line")}
    bare: dict[str, Value] = {"d": _arrow(x, vector), "fill": "none", "stroke": paint, "stroke-width": 1.6}
    heavy: dict[str, Value] = {"fill": "none", "stroke": paint, "stroke-width": 3.4, "stroke-linecap": "round"}
    below: dict[str, Value] = {"x": x, "y": _DIAL_Y + _RADIUS + 22, "text-anchor": "middle", "font-size": 13}
    ends = [turned(vector, position) for position in used]
    said: list[dict[str, Value]] = [
        {"text": f"turned by {now}" + ("" if now == at else f", not {at}"), "fill": _paint(now == at)}
        for now, at in zip(used, true, strict=True)
    ]
    return [
        text(f"{role} {role[0].upper()}", x, 18, text_anchor="middle", font_size=13, font_weight=600, fill=paint),
        element("circle", rim),
        element("path", {**bare, "stroke-dasharray": "3 3"}),
        Moving("path", heavy, [{"d": _arrow(x, end)} for end in ends]),
        Moving("circle", {"r": 5, "fill": paint}, [_tip(x, end) for end in ends]),
        Moving("text", below, said),
    ]


def _tip(x: float, vector: Array) -> dict[str, Value]:
    return {"cx": x + _RADIUS * float(vector[0]), "cy": _DIAL_Y - _RADIUS * float(vector[1])}


def _arrow(x: float, vector: Array) -> str:
    return f"M{x:g} {_DIAL_Y}L{x + _RADIUS * float(vector[0]):.1f} {_DIAL_Y - _RADIUS * float(vector[1]):.1f}"


def _paint(good: bool) -> str:
    return variable("ink" if good else "recomputed")


def _line(turns: Sequence[Turn]) -> list[str | Moving]:
    """The text as a line of positions, with the two tokens on it and the distance between them."""
    last = max(max(turn.query, turn.key) for turn in turns)
    step, y = 300 / max(1, last), _LINE_Y
    rule: dict[str, Value] = {"x1": 20, "x2": 320, "y1": y + 10, "y2": y + 10, "stroke": variable("line")}
    marks = [text(str(i), 20 + step * i, y + 34, text_anchor="middle", font_size=12) for i in range(last + 1)]
    shapes: list[str | Moving] = [text("true positions in the text", 0, y - 12, font_size=12.5, fill=variable("muted"))]
    shapes += [element("line", rule), *grouped({"fill": variable("muted")}, marks)]
    for role, i in (("query", 0), ("key", 1)):
        places = [20 + step * (turn.query, turn.key)[i] for turn in turns]
        box: dict[str, Value] = {"y": y, "width": 20, "height": 20, "rx": 3, "fill": variable(role)}
        letter: dict[str, Value] = {"y": y + 15, "text-anchor": "middle", "font-size": 13, "font-weight": 700}
        shapes.append(Moving("rect", box, [{"x": place - 10} for place in places]))
        letter["fill"] = variable("paper")
        shapes.append(Moving("text", letter, [{"x": place} for place in places], role[0].upper()))
    apart: list[dict[str, Value]] = [{"text": f"distance {turn.query - turn.key}"} for turn in turns]
    fixed: dict[str, Value] = {"x": 340, "y": y - 12, "text-anchor": "end", "font-size": 13, "font-weight": 600}
    return [*shapes, Moving("text", fixed, apart)]


def _product(products: Sequence[float], wanted: Sequence[float]) -> list[str | Moving]:
    """A bar from zero for the product, and a thin mark where it should be."""
    middle, unit, y = 240.0, 95.0, _BAR_Y
    bars: list[dict[str, Value]] = []
    words: list[dict[str, Value]] = []
    for now, should in zip(products, wanted, strict=True):
        good = right(now, should)
        look = variable("cached" if good else "recomputed")
        bars.append({"x": middle + unit * min(now, 0.0), "width": unit * abs(now), "fill": look})
        words.append({"text": f"Q·K = {signed(now)}" + ("" if good else ", wrong"), "fill": _paint(good)})
    zero: dict[str, Value] = {"x1": middle, "x2": middle, "y1": y - 6, "y2": y + 22, "stroke": variable("muted")}
    mark: dict[str, Value] = {"y": y - 5, "width": 3, "height": 26, "fill": variable("ink")}
    return [
        Moving("rect", {"y": y, "height": 16}, bars),
        element("line", zero),
        Moving("rect", mark, [{"x": middle + unit * should - 1.5} for should in wanted]),
        Moving("text", {"x": 0, "y": y + 13, "font-size": 13, "font-weight": 700}, words),
        text("zero", middle, y + 38, text_anchor="middle", font_size=12, fill=variable("muted")),
        text("bold mark: as it should be", 0, y + 38, font_size=12, fill=variable("muted")),
    ]
