"""A forward pass as a transaction: what a cache holds and what counts, event by event, whichever layer fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from kvlab.figures.cells import legend, look
from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, hatch, identifier, text
from kvlab.figures.transaction_calls import chips
from kvlab.figures.transaction_trace import Event, Frame, caption, description, frames_of, label

_ROW, _SLOT, _LEFT, _TOP, _STATE = 25, 27, 58, 74, 244
_KINDS = {"kept": "committed", "staged": "staged", "free": "free", "left": "left over: written, never readable"}
_PLACES = [(0, 0), (104, 0), (190, 0), (0, 20)]


class Transaction(Stepper):
    """A stepper with a button for the first frame of each run, so that the reader can pick one."""

    jumps: tuple[tuple[str, int], ...] = ()

    def _controls(self, start: int) -> str:
        move = f"const s=document.getElementById('{self.name}-slider');s.value=%d;"
        move += "for(const e of ['input','change'])s.dispatchEvent(new Event(e))"
        head = '<button type="button" class="kv-button" style="flex:1 1 90px" '
        buttons = "".join(f'{head}onclick="{move % at}">{escape(words)}</button>' for words, at in self.jumps)
        style = "flex-wrap:wrap;margin-top:.6rem"
        group = f'<div class="kv-buttons" style="{style}" role="group" aria-label="Runs">{buttons}</div>'
        return super()._controls(start).replace("<label", f"{group}<label", 1)


def transaction(
    runs: Mapping[str, Sequence[Event]], n_layers: int, slots: int, *, title: str, name: str = "transaction"
) -> Transaction:
    """Show steps of a cache, event by event.

    Parameters
    ----------
    runs : mapping of str to sequence of Event
        What to call each run on its button (``layer 2 fails``), and its trace, from ``begin`` on.
    n_layers, slots : int
        L, and how many slots to draw.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Transaction
        The first run's last event is shown first.

    Raises
    ------
    ValueError
        A trace does not start with ``begin``, or its tokens do not fit into the slots drawn.
    """
    identifier(name)
    frames = [frame for run, events in runs.items() for frame in frames_of(run, events, slots)]
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'recomputed')}</defs>"]
    drawing += [*chips(frames, n_layers), *_grid(frames, n_layers, slots, name), *_marker(frames, n_layers)]
    bottom = _TOP + _ROW * n_layers + 60
    figure = Transaction(
        [*drawing, *legend(_KINDS, [(x, bottom + y) for x, y in _PLACES], f"{name}-hatch")],
        [caption(frame, n_layers) for frame in frames], (340, bottom + 26), name, title, description(runs), "Event",
        [label(frame) for frame in frames], len(next(iter(runs.values()))) - 1,
    )  # fmt: skip
    firsts = [next(i for i, frame in enumerate(frames) if frame.run == run) for run in runs]
    object.__setattr__(figure, "jumps", tuple(zip(runs, (i + 1 for i in firsts), strict=True)))
    return figure


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
