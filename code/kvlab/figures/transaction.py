"""A forward pass as a transaction: what a cache holds and what counts, event by event, whichever layer fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kvlab.figures.cells import legend, look
from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, hatch, identifier, text
from kvlab.figures.transaction_calls import chips
from kvlab.figures.transaction_trace import (
    Event,
    Frame,
    caption,
    description,
    first_frames,
    frames_of,
    label,
    opening,
)

_ROW, _SLOT, _LEFT, _TOP, _STATE = 25, 27, 58, 74, 244
_KINDS = {"kept": "committed", "staged": "staged", "free": "free", "left": "left over: written, never readable"}
_PLACES = [(0, 0), (104, 0), (190, 0), (0, 20)]


def transaction(
    runs: Mapping[str, Sequence[Event]],
    n_layers: int,
    slots: int,
    *,
    title: str,
    opens: str = "",
    name: str = "transaction",
) -> Stepper:
    """Show steps of a cache, event by event, with a button for each run.

    Parameters
    ----------
    runs : mapping of str to sequence of Event
        What to call each run on its button (``layer 2 fails``), and its trace, from ``begin`` on.
    n_layers, slots : int
        L, and how many slots to draw.
    title : str
        The finding.
    opens : str
        The run to open on, at the call that fails in it; its end stands still on paper. The first if not given.
    name : str
        The figure's id.

    Returns
    -------
    Stepper

    Raises
    ------
    ValueError
        A trace does not start with ``begin``, its tokens do not fit into the slots drawn, or no run is called so.
    """
    identifier(name)
    frames = [frame for run, events in runs.items() for frame in frames_of(run, events, slots)]
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'recomputed')}</defs>"]
    drawing += [*chips(frames, n_layers), *_grid(frames, n_layers, slots, name), *_marker(frames, n_layers)]
    bottom = _TOP + _ROW * n_layers + 60
    start, end = opening(frames, opens or frames[0].run)
    return Stepper(
        [*drawing, *legend(_KINDS, [(x, bottom + y) for x, y in _PLACES], f"{name}-hatch")],
        [caption(frame, n_layers) for frame in frames], (340, bottom + 26), name, title, description(runs), "Event",
        [label(frame) for frame in frames], start, end, stills=(end - 1, end), jumps=first_frames(frames),
    )  # fmt: skip


def _grid(frames: Sequence[Frame], n_layers: int, slots: int, name: str) -> list[str | Moving]:
    """Slots of every layer, and beside them what the layer's newest slots are."""
    shapes: list[str | Moving] = [
        text(str(slot), _LEFT + _SLOT * slot + 13, _TOP - 6, font_size=12, text_anchor="middle", fill=variable("muted"))
        for slot in range(slots)
    ]
    shapes.append(text("slot", 0, _TOP - 6, font_size=12, fill=variable("muted")))
    cells: list[str | Moving] = []
    for layer in range(n_layers):
        y = _TOP + _ROW * layer
        shapes.append(text(f"layer {layer}", 0, y + 16, font_size=12.5))
        said: dict[str, Value] = {"x": _STATE, "y": y + 16, "font-size": 12.5}
        shapes.append(Moving("text", said, [{"text": _state(frame, layer)} for frame in frames]))
        for slot in range(slots):
            box: dict[str, Value] = {"x": _LEFT + _SLOT * slot + 2, "y": y + 2, "width": _SLOT - 4, "height": _ROW - 5}
            cells.append(Moving("rect", box, [_cell(frame, layer, slot, name) for frame in frames]))
    return [*shapes, *cells]


def _state(frame: Frame, layer: int) -> str:
    name = frame.event.name
    if layer == frame.failed:
        return "failed" if name == "fail" else "as before"
    if layer not in frame.staged:
        return "as before" if name == "abort" else ""
    return {"advance": "committed", "abort": "left over"}.get(name, "staged")


def _cell(frame: Frame, layer: int, slot: int, name: str) -> dict[str, Value]:
    if slot < frame.event.position:
        return look("kept")
    if slot < frame.start + frame.n and layer in frame.staged:
        return look("left", f"{name}-hatch") if frame.event.name == "abort" else look("staged")
    return look("free")


def _marker(frames: Sequence[Frame], n_layers: int) -> list[str | Moving]:
    """Where the committed tokens end."""
    y = _TOP + _ROW * n_layers
    ends = [_LEFT + _SLOT * frame.event.position for frame in frames]
    bar: dict[str, Value] = {"x": _LEFT, "y": y + 5, "height": 4, "fill": variable("ink")}
    words: dict[str, Value] = {"x": _LEFT, "y": y + 26, "font-size": 13, "font-weight": 700}
    return [
        Moving("rect", bar, [{"width": end - _LEFT} for end in ends]),
        Moving("text", words, [{"text": f"position = {frame.event.position}: these count"} for frame in frames]),
    ]
