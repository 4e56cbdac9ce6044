"""Labels that fit: margins as wide as the words need, and names at the ends of lines instead of a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kvlab.figures.style import TEXT, settings

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def fit(figure: Figure) -> None:
    """Set the margins so that every label is inside the canvas, whose size stays."""
    import matplotlib as mpl

    with mpl.rc_context(settings()):
        for axes in figure.axes:
            axes.yaxis.set_label_coords(0, 1.05)
        for _ in range(2):
            left, bottom, right, top = _overhang(figure)
            figure.subplots_adjust(left=left + 0.004, right=0.996 - right, bottom=bottom + 0.004, top=0.996 - top)
        for axes in figure.axes:
            box = axes.get_position()
            if box.x0 <= figure.subplotpars.left + 0.001:
                axes.yaxis.set_label_coords(-box.x0 / box.width + 0.004, 1.05)


def _overhang(figure: Figure) -> tuple[float, float, float, float]:
    """How far labels stick out of the axes on each side, as shares of the canvas."""
    spans = [axes.get_window_extent() for axes in figure.axes]
    boxes = [box for axes in figure.axes if (box := axes.get_tightbbox()) is not None]
    pairs = list(zip(spans, boxes, strict=True))
    first = min(span.x0 for span in spans)
    width, height = figure.bbox.width, figure.bbox.height
    return (
        max(span.x0 - box.x0 for span, box in pairs if span.x0 <= first) / width,
        max(span.y0 - box.y0 for span, box in pairs) / height,
        max(box.x1 - span.x1 for span, box in pairs) / width,
        max(box.y1 - span.y1 for span, box in pairs) / height,
    )


def label_ends(axes: Axes, *, gap: float = 0.4) -> None:
    """Write each line's label at its last point, in its colour, with no two in each other's way.

    Where they had to move, a thin line leads from each line's end to its name.

    Call it last: the places depend on the scales. `show` makes room on the right.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Lines drawn with ``label=...`` take part.
    gap : float
        The least space between two labels, in lines of text.
    """
    figure = axes.get_figure(root=True)
    if figure is not None:
        fit(figure)
    ends = [(*_end(axes, drawn), drawn) for drawn in axes.get_lines() if not str(drawn.get_label()).startswith("_")]
    ends.sort(key=lambda entry: entry[1])
    lines = [str(drawn.get_label()).count("\n") + 1 for *_, drawn in ends]
    heights = spread([y for _, y, _ in ends], [TEXT * (1.15 * n + gap) for n in lines])
    crowded = any(abs(height - y) > 0.3 * TEXT for (_, y, _), height in zip(ends, heights, strict=True))
    for (x, y, drawn), height in zip(ends, heights, strict=True):
        axes.annotate(
            str(drawn.get_label()), tuple(axes.transData.inverted().transform((x, y))),
            (24 if crowded else 11, (height - y) * 72 / axes.figure.dpi), textcoords="offset points",
            color=drawn.get_color(), va="center", ha="left", annotation_clip=False, fontsize=TEXT, fontweight="bold",
            linespacing=1.15, arrowprops=_leader(drawn) if crowded else None,
        )  # fmt: skip


def _leader(drawn: Any) -> dict[str, Any]:
    """A thin line from a line's end to its name, where names had to move."""
    look: dict[str, Any] = {"arrowstyle": "-", "color": drawn.get_color(), "linewidth": 1.2}
    return look | {"relpos": (0, 0.5), "shrinkA": 2, "shrinkB": 5}


def _end(axes: Axes, drawn: Any) -> tuple[float, float]:
    points = np.asarray(drawn.get_xydata(), dtype=float)
    x, y = axes.transData.transform(points[np.isfinite(points).all(axis=1)][-1])
    return float(x), float(y)


def spread(wanted: list[float], sizes: list[float]) -> list[float]:
    """Move sorted centres apart, as little as possible, so that intervals of these sizes do not overlap.

    Parameters
    ----------
    wanted : list of float
        Centres, ascending.
    sizes : list of float
        The length that each needs.

    Returns
    -------
    list of float
        Centres in the same order.
    """
    groups: list[list[int]] = []
    for i in range(len(wanted)):
        groups.append([i])
        while len(groups) > 1 and _bounds(groups[-2], wanted, sizes)[1] > _bounds(groups[-1], wanted, sizes)[0]:
            groups[-2:] = [groups[-2] + groups[-1]]
    placed = []
    for group in groups:
        at = _bounds(group, wanted, sizes)[0]
        for i in group:
            placed.append(at + sizes[i] / 2)
            at += sizes[i]
    return placed


def _bounds(group: list[int], wanted: list[float], sizes: list[float]) -> tuple[float, float]:
    middle = sum(wanted[i] for i in group) / len(group)
    half = sum(sizes[i] for i in group) / 2
    return middle - half, middle + half
