"""Which entries of the score matrix each step computes: rows are queries, columns are keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.score_matrix_steps import Frame, caption, description, most_repeated, run_frames
from kvlab.figures.svg import Moving, Value, element, hatch, identifier, text
from kvlab.figures.words import shown

_LEFT, _TOP, _GRID = 92, 46, 240
_KINDS: dict[str, dict[str, Value]] = {
    "first": {"fill": variable("cached"), "fill-opacity": 1, "stroke": variable("new"), "stroke-width": 2.5},
    "kept": {"fill": variable("cached"), "fill-opacity": 0.22, "stroke": variable("cached"), "stroke-width": 0.8},
    "later": {"fill": "none", "fill-opacity": 0, "stroke": variable("line"), "stroke-width": 0.8},
}


def score_matrix(
    tokens: Sequence[str], runs: Mapping[str, Sequence[range]], *, title: str, name: str = "score-matrix"
) -> Stepper:
    """Show, run by run and step by step, which scores are computed, and which of them again.

    Parameters
    ----------
    tokens : sequence of str
        The text.
    runs : mapping of str to sequence of range
        For each way to run it, the positions whose queries each step computes. The keys are those of all
        positions up to the step's last; the mask is ``visible``'s.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper
    """
    identifier(name)
    frames = [frame for run, steps in runs.items() for frame in run_frames(run, steps, len(tokens))]
    pitch = _GRID / len(tokens)
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'recomputed')}</defs>"]
    drawing += [*_axes(tokens, frames, pitch), *_cells(frames, len(tokens), pitch, name)]
    drawing += [*_counts(frames), *_legend(_TOP + _GRID + 76, name)]
    return Stepper(
        drawing,
        [caption(frame) for frame in frames],
        (340, _TOP + _GRID + 106),
        name,
        title,
        description(frames),
        label="Run",
        names=[f"{frame.run}, step {frame.number}" for frame in frames],
        start=most_repeated(frames),
        stills=[i for i, frame in enumerate(frames) if frame.number == len(runs[frame.run])],
        jumps={frame.run: i for i, frame in enumerate(frames) if frame.number == 1},
    )


def _axes(tokens: Sequence[str], frames: Sequence[Frame], pitch: float) -> list[str | Moving]:
    """Name rows and columns: bold where a query runs, blue where a key comes out of the cache."""
    shapes: list[str | Moving] = [
        text("keys: read along a row", _LEFT, 14, font_size=13, font_weight=600),
        text("queries", 0, 38, font_size=13, font_weight=600),
    ]
    for i, token in enumerate(tokens):
        runs = [i in frame.rows for frame in frames]
        y = _TOP + pitch * (i + 0.5) + 4
        row: dict[str, Value] = {"x": _LEFT - 8, "y": y, "text-anchor": "end", "font-size": 12.5}
        shapes.append(Moving("text", row, [_label(ran) for ran in runs], f"{i} {shown(token, 8)}"))
        column: dict[str, Value] = {"x": _LEFT + pitch * (i + 0.5), "y": 38, "text-anchor": "middle", "font-size": 12.5}
        shapes.append(Moving("text", column, [_key_label(i, frame) for frame in frames], str(i)))
    return shapes


def _label(ran: bool) -> dict[str, Value]:
    return {"fill": variable("new" if ran else "muted"), "font-weight": 700 if ran else 400}


def _key_label(i: int, frame: Frame) -> dict[str, Value]:
    used = i < frame.rows.stop
    return {"font-weight": 700 if i in frame.rows else 400, "fill": variable("ink" if used else "muted")}


def _cells(frames: Sequence[Frame], length: int, pitch: float, name: str) -> list[str | Moving]:
    """One square for each query and key it may see; a dot where the key comes later than the query."""
    shapes: list[str | Moving] = []
    for query in range(length):
        for key in range(length):
            x, y = _LEFT + pitch * key, _TOP + pitch * query
            if key > query:
                spot: dict[str, Value] = {"cx": x + pitch / 2, "cy": y + pitch / 2, "r": 1.4, "fill": variable("muted")}
                shapes.append(element("circle", spot))
                continue
            box: dict[str, Value] = {"x": x + 2.0, "y": y + 2.0, "width": pitch - 4, "height": pitch - 4, "rx": 2}
            shapes.append(Moving("rect", box, [_state(frame, query, key, name) for frame in frames]))
    return shapes


def _state(frame: Frame, query: int, key: int, name: str) -> dict[str, Value]:
    if not frame.done[query, key]:
        return _KINDS["kept" if frame.before[query, key] else "later"]
    if not frame.before[query, key]:
        return _KINDS["first"]
    again: dict[str, Value] = {"stroke": variable("recomputed"), "stroke-width": 0.8}
    return {"fill": f"url(#{name}-hatch)", "fill-opacity": 1, **again}


def _counts(frames: Sequence[Frame]) -> list[str | Moving]:
    """Entries of the step, of them again, and in all."""
    shapes: list[str | Moving] = []
    columns = [
        ("entries, this step", 0, "cached", [frame.entries for frame in frames]),
        ("of them again", 126, "recomputed", [frame.again for frame in frames]),
        ("so far", 238, "ink", [frame.total for frame in frames]),
    ]
    for words, x, role, numbers in columns:
        shapes.append(text(words, x, _TOP + _GRID + 24, font_size=12.5, fill=variable("muted")))
        fixed: dict[str, Value] = {"x": x, "y": _TOP + _GRID + 46, "font-size": 17, "font-weight": 700}
        fixed["fill"] = variable(role)
        shapes.append(Moving("text", fixed, [{"text": f"{number:,}"} for number in numbers]))
    return shapes


def _legend(y: float, name: str) -> list[str]:
    """Say what the squares mean."""
    entries: list[tuple[float, float, str, dict[str, Value]]] = [
        (0, 0, "computed, first time", _KINDS["first"]),
        (164, 0, "computed again", {"fill": f"url(#{name}-hatch)", "stroke": variable("recomputed")}),
        (0, 20, "computed before, not now", _KINDS["kept"]),
        (190, 20, "not yet", _KINDS["later"]),
    ]
    shapes: list[str] = []
    for x, down, words, look in entries:
        shapes.append(element("rect", {"x": x + 2, "y": y + down - 10, "width": 11, "height": 11, **look}))
        shapes.append(text(words, x + 20, y + down, font_size=12.5))
    shapes.append(element("circle", {"cx": 270, "cy": y + 16, "r": 1.8, "fill": variable("muted")}))
    return [*shapes, text("hidden", 278, y + 20, font_size=12.5)]
