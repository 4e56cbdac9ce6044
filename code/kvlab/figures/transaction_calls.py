"""The calls of a cache's step as a row of chips: done, now, or still to come."""

from __future__ import annotations

from collections.abc import Sequence

from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, text
from kvlab.figures.transaction_trace import Frame


def chips(frames: Sequence[Frame], n_layers: int) -> list[str | Moving]:
    """Draw begin, one update a layer, and advance or abort, as each frame has them."""
    middle = 174 / n_layers
    places = [("begin", 0, 0.0, 64.0)]
    places += [("update", i, 70 + middle * i, middle - 6) for i in range(n_layers)]
    places += [("end", 0, 248.0, 92.0)]
    shapes: list[str | Moving] = [text("update layer", 70, 12, font_size=12, fill=variable("muted"))]
    for kind, value, x, width in places:
        seen = [_seen(frame, kind, value) for frame in frames]
        box: dict[str, Value] = {"x": x + 1, "y": 20, "width": width - 2, "height": 24, "rx": 3}
        words: dict[str, Value] = {"x": x + width / 2, "y": 37, "text-anchor": "middle", "font-size": 13}
        shapes.append(Moving("rect", box, [_chip(state) for _, state in seen]))
        shapes.append(Moving("text", words, [{"text": word, "fill": _ink(state)} for word, state in seen]))
    return shapes


def _seen(frame: Frame, kind: str, value: int) -> tuple[str, str]:
    """What stands on a chip in a frame, and its state: ``now``, ``done``, ``failed`` or ``later``."""
    word = {"begin": f"begin({frame.n})", "update": str(value), "end": f"advance({frame.n})"}[kind]
    names = {"begin": {"begin"}, "update": {"update", "fail"}, "end": {"advance", "abort"}}[kind]
    for event in (frame.event, *frame.before):
        if event.name not in names or (kind == "update" and event.value != value):
            continue
        if event.name == "fail":
            return f"{value} ✕", "failed"
        return ("abort()" if event.name == "abort" else word), ("now" if event is frame.event else "done")
    return ("abort()" if kind == "end" and frame.failed is not None else word), "later"


def _chip(state: str) -> dict[str, Value]:
    fill = {"now": variable("ink"), "done": "none", "failed": variable("recomputed"), "later": "none"}[state]
    edge = {"later": variable("free"), "failed": variable("recomputed")}.get(state, variable("ink"))
    return {"fill": fill, "stroke": edge, "stroke-dasharray": "3 2" if state == "later" else "none"}


def _ink(state: str) -> str:
    names = {"now": "paper", "failed": "paper", "done": "ink", "later": "muted"}
    return variable(names[state])
