"""Three ways to keep rows that arrive one by one, drawn from what each of them wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kvlab.figures.cells import legend, look
from kvlab.figures.frames import Stepper
from kvlab.figures.palette import variable
from kvlab.figures.svg import Moving, Value, hatch, identifier, text
from kvlab.figures.three_stores_words import STORES, Counts, by_append, caption, checked, description
from kvlab.figures.words import in_rows

_HEADINGS = {"list": "Python list", "concatenate": "concatenation", "buffer": "buffer, reserved at once"}
_WIDTH, _CELL, _HIGH = 340, 20, 13
_TOP = {"list": 0, "concatenate": 92, "buffer": 164}
_LEGEND = 246
_KINDS = {
    "added": "written in this append",
    "copied": "copied again",
    "kept": "stays where it is",
    "free": "reserved, free",
}
_PLACES = [(0, _LEGEND), (176, _LEGEND), (0, _LEGEND + 20), (176, _LEGEND + 20)]


def three_stores(rows_written: Mapping[str, Any], slots: int, *, title: str, name: str = "three-stores") -> Stepper:
    """Show, append by append, what a list, concatenation and a buffer write to keep one more row.

    After every append the rows are read once, as attention does.

    Parameters
    ----------
    rows_written : mapping of str to array of int [appends]
        For each of ``list``, ``concatenate`` and ``buffer``, the rows written in all after each append,
        as counted by the stores themselves.
    slots : int
        Rows that the buffer reserves, at least as many as there are appends.
    title : str
        The finding.
    name : str
        The figure's id.

    Returns
    -------
    Stepper

    Raises
    ------
    ValueError
        A store is missing, the counts differ in length, or the rows do not fit.
    """
    identifier(name)
    totals = checked(rows_written)
    appends = len(totals["list"])
    if not appends <= slots <= _WIDTH // _CELL:
        raise ValueError(f"{appends} appends and {slots} slots: the slots hold all appends and are at most 17.")
    drawing: list[str | Moving] = [f"<defs>{hatch(f'{name}-hatch', 'recomputed')}</defs>"]
    for store in STORES:
        drawing += _words(store, totals[store])
    drawing += _list(totals["list"], name) + _grown(totals["concatenate"], name) + _buffer(totals["buffer"], slots)
    captions = [caption(totals, i) for i in range(appends)]
    return Stepper(
        [*drawing, *legend(_KINDS, _PLACES, f"{name}-hatch")], captions, (_WIDTH, _LEGEND + 32), name, title,
        description(totals, slots),
        "Append", [f"{i + 1} of {appends}" for i in range(appends)], stills=(appends // 3, -1),
    )  # fmt: skip


def _words(store: str, total: Counts) -> list[str | Moving]:
    """A store's name, what it has written in all, and, below its rows, what this append wrote."""
    top = _TOP[store]
    below: dict[str, Value] = {"x": 0, "y": top + (62 if store == "list" else 42) + 14}
    below |= {"font-size": 12, "fill": variable("muted")}
    total_look: dict[str, Value] = {"x": _WIDTH, "y": top + 13, "text-anchor": "end", "font-size": 13}
    return [
        text(_HEADINGS[store], 0, top + 13, font_size=13, font_weight=600),
        Moving("text", {**total_look, "font-weight": 700}, [{"text": f"{in_rows(n)} written"} for n in total]),
        Moving("text", below, [{"text": f"this append: {in_rows(n)}"} for n in by_append(total)]),
    ]


def _list(total: Counts, name: str) -> list[str | Moving]:
    """Rows as objects of their own; below them the array that each read stacks anew."""
    appends = len(total)
    own = [_cell(i, 24, _CELL - 7, [_solid(i, t) for t in range(appends)]) for i in range(appends)]
    copies = by_append(total) - 1  # what was written besides the new row
    stacked = [_cell(i, 44, _CELL, [_copied(i, int(n), name) for n in copies]) for i in range(appends)]
    return [*own, *stacked]


def _grown(total: Counts, name: str) -> list[str | Moving]:
    """One array, new in every step: copies of all rows, and the new one behind them."""
    appends, top = len(total), _TOP["concatenate"] + 24
    copies = by_append(total) - 1
    cells = [
        _cell(i, top, _CELL, [_solid(i, t) if i == t else _copied(i, int(copies[t]), name) for t in range(appends)])
        for i in range(appends)
    ]
    return [*cells]


def _buffer(total: Counts, slots: int) -> list[str | Moving]:
    """All slots from the start, filled one by one."""
    top = _TOP["buffer"] + 24
    cells = [_cell(i, top, _CELL, [_solid(i, t, free=True) for t in range(len(total))]) for i in range(slots)]
    return [*cells]


def _cell(i: int, y: float, width: float, states: Sequence[Mapping[str, Value]]) -> Moving:
    return Moving("rect", {"x": i * _CELL + 1, "y": y, "width": width - 1, "height": _HIGH}, states)


def _solid(i: int, now: int, free: bool = False) -> dict[str, Value]:
    """A row that stays where it was first written; with a thick edge when it is the newest."""
    kind = "added" if i == now else "kept" if i < now else "free"
    return {**look(kind), "visibility": "visible" if i <= now or free else "hidden"}


def _copied(i: int, copies: int, name: str) -> dict[str, Value]:
    return {**look("copied", f"{name}-hatch"), "visibility": "visible" if i < copies else "hidden"}
