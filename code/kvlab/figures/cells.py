"""Cells of memory: how a drawing shows what lies in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kvlab.figures.palette import variable
from kvlab.figures.svg import Value, element, text

LOOKS = ("kept", "added", "staged", "copied", "left", "free")


def look(kind: str, hatching: str = "") -> dict[str, Value]:
    """The attributes of a cell.

    Parameters
    ----------
    kind : str
        ``kept``: stays where it is; ``added``: new, and kept; ``staged``: new, not yet counted; ``copied``:
        written again; ``left``: written, no longer readable; ``free``: reserved and empty.
    hatching : str
        The id of the drawing's pattern of slanted lines; needed by ``copied`` and ``left``.

    Returns
    -------
    dict
        The same keys for each kind.
    """
    slanted = f"url(#{hatching})"
    fill, stroke, width = {
        "kept": (variable("cached"), variable("paper"), 1),
        "added": (variable("cached"), variable("new"), 3),
        "staged": ("none", variable("new"), 3),
        "copied": (slanted, variable("recomputed"), 1),
        "left": (slanted, variable("free"), 1),
        "free": ("none", variable("free"), 1),
    }[kind]
    dashes = "3 2" if kind in ("left", "free") else "none"
    return {"fill": fill, "stroke": stroke, "stroke-width": width, "stroke-dasharray": dashes}


def legend(entries: Mapping[str, str], places: Sequence[tuple[float, float]], hatching: str) -> list[str]:
    """What the kinds of cells mean: a box and words for each.

    Parameters
    ----------
    entries : mapping of str to str
        Kinds of cells and their words.
    places : sequence of (float, float)
        Where each entry's baseline starts.
    hatching : str
        As for `look`.

    Returns
    -------
    list of str
    """
    shapes: list[str] = []
    for (kind, words), (x, y) in zip(entries.items(), places, strict=True):
        box: dict[str, Value] = {"x": x + 1, "y": y - 10, "width": 13, "height": 11}
        shapes += [element("rect", {**box, **look(kind, hatching)}), text(words, x + 21, y, font_size=12)]
    return shapes
