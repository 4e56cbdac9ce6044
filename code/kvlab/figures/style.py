"""Charts that look like the book: empty axes, and looks for lines and bars that colour alone does not carry.

A chapter draws like this::

    figure, axes = style.chart(x="context length, tokens", y="milliseconds per token")
    axes.plot(lengths, times, **style.line("cached"), label="with a cache")
    labels.label_ends(axes)
    inline.show(figure, title="...", description="...")

The canvas is 420 units wide with text of 15: 12 pixels on a phone, and no larger than the text around it on a
wide page. Light colours are drawn; `show` turns them into the page's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kvlab.figures.palette import colour

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TEXT, SMALLEST = 15.0, 14.8
_DASHES: dict[str, Any] = {"recomputed": (4, 1.6), "weights": (1, 1.4), "query": (7, 2, 1, 2), "new": (8, 2)}
_MARKERS = {"cached": "o", "recomputed": "s", "weights": "D", "query": "^", "key": "v", "value": "P", "new": "X"}
_HATCHES = {"recomputed": "////", "weights": "..", "new": "\\\\\\\\", "value": "xx", "key": "--"}


def settings() -> dict[Any, Any]:
    """Return matplotlib's settings for the book's look, to use with ``matplotlib.rc_context``."""
    ink, muted, rule = (colour(name).light for name in ("ink", "muted", "line"))
    look: dict[str, Any] = {"font.size": TEXT, "axes.labelsize": TEXT, "xtick.labelsize": TEXT, "ytick.labelsize": TEXT}
    look |= {"figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none"}
    look |= {"text.color": ink, "axes.labelcolor": muted, "axes.edgecolor": muted, "grid.color": rule}
    look |= {"xtick.color": muted, "ytick.color": muted, "xtick.major.size": 4, "ytick.major.size": 0}
    look |= {"axes.spines.top": False, "axes.spines.right": False, "axes.spines.left": False}
    look |= {"axes.grid": True, "axes.grid.axis": "y", "axes.axisbelow": True, "grid.linewidth": 0.8}
    look |= {"xtick.minor.size": 0, "ytick.minor.size": 0, "lines.linewidth": 2.4, "lines.markersize": 6}
    look |= {"hatch.linewidth": 1.4, "legend.frameon": False, "mathtext.default": "regular"}
    return look | {"svg.fonttype": "none", "svg.hashsalt": "kvlab", "figure.dpi": 72, "savefig.dpi": 72}


def chart(*, x: str, y: str, width: float = 420, height: float = 300, log: str = "") -> tuple[Figure, Axes]:
    """Make empty axes in the book's look.

    Parameters
    ----------
    x, y : str
        What the axes measure, with the unit; ``y`` is written above the axes, where it reads level.
    width, height : float
        The canvas in units of about a pixel.
    log : str
        The axes on log scales, ``"x"``, ``"y"`` or ``"xy"``; their labels then say so.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Known to no window and no notebook, so that nothing shows it twice.
    axes : matplotlib.axes.Axes
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(settings()):
        figure = Figure(figsize=(width / 72, height / 72))
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        _label(axes, x, y, log)
    return figure, axes


def _label(axes: Axes, x: str, y: str, log: str) -> None:
    axes.xaxis.set_major_formatter(_plain)
    axes.yaxis.set_major_formatter(_plain)
    if "x" in log:
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter(_whole)
    if "y" in log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(_whole)
        axes.yaxis.set_minor_formatter("")
    axes.set_xlabel(x + (" (log scale)" if "x" in log else ""), labelpad=6)
    axes.set_ylabel(y + (" (log scale)" if "y" in log else ""), rotation=0, ha="left", va="bottom")
    axes.yaxis.set_label_coords(0, 1.05)


def _plain(number: float, _: float) -> str:
    return f"{number:,.10g}"


def _whole(number: float, _: float) -> str:
    exponent = np.log10(number)
    if abs(exponent) >= 6 and exponent == round(exponent):
        return "10" + f"{exponent:.0f}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{number:,.0f}" if number >= 1 else f"{number:g}"


def line(role: str) -> dict[str, Any]:
    """Return the look of a line that means ``role``: colour, dashes and markers, for ``axes.plot``."""
    look: dict[str, Any] = {"color": colour(role).light, "marker": _MARKERS.get(role, "."), "markeredgecolor": "none"}
    look |= {"linewidth": 2.2, "markersize": 6.5, "clip_on": False}
    return look | ({"dashes": _DASHES[role]} if role in _DASHES else {})


def fill(role: str) -> dict[str, Any]:
    """Return the look of a bar or area that means ``role``: colour and hatching, for ``axes.bar``."""
    paint, paper = colour(role).light, colour("paper").light
    if role == "free":
        return {"facecolor": "none", "edgecolor": paint, "linestyle": "--"}
    return {"facecolor": paint, "edgecolor": paper, "linewidth": 0.0, "hatch": _HATCHES.get(role, "")}


def note(axes: Axes, x: float, y: float, words: str, *, role: str = "ink", **placing: Any) -> None:
    """Write words at a point of the data, in the book's size; further arguments as for ``axes.text``."""
    axes.text(x, y, words, **{"fontsize": TEXT, "color": colour(role).light, **placing})
