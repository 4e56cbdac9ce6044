"""A finished chart becomes part of the page: SVG in the page's own colours and font. Paper prints the same SVG."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kvlab.figures import page
from kvlab.figures.cleaning import clean
from kvlab.figures.labels import fit
from kvlab.figures.style import SMALLEST, TEXT, settings
from kvlab.figures.svg import identifier

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Chart:
    """What `show` returns; notebooks and the book display it.

    Attributes
    ----------
    html : str
        The title, and the picture as inline SVG.
    title, description : str
        The finding, and the picture in words.
    """

    html: str
    title: str
    description: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {
            "text/html": self.html,
            "text/markdown": f"**{self.title}** {self.description}",
            "text/plain": f"{self.title}\n{self.description}",
        }


def show(figure: Figure, *, title: str, description: str, name: str = "") -> Chart:
    """Finish a chart for the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From `kvlab.figures.style.chart`.
    title : str
        The finding in one sentence, shown above the chart.
    description : str
        What a reader who does not see the chart should know: the finding with its numbers.
    name : str
        The figure's id, to link to; a hash of the content if not given.

    Returns
    -------
    Chart

    Raises
    ------
    ValueError
        An axis has no label, text is too small for a phone, or the title or description is empty.
    """
    _check(figure, title, description)
    fit(figure)
    drawn = _save(figure)
    unique = identifier(name or "chart-" + hashlib.sha256((title + drawn).encode()).hexdigest()[:8])
    size = (float(figure.get_figwidth() * 72), float(figure.get_figheight() * 72))
    picture = page.picture(unique, size, title, description, clean(drawn, unique))
    html = (
        f'<div class="kv-figure kv-chart" id="{unique}" style="max-width:{size[0] * 1.04:.0f}px"><p class="kv-title">'
        f"{page.prose(title)}</p>{picture}{page.scripts()}</div>"
    )
    return Chart(html, title, description)


def _check(figure: Figure, title: str, description: str) -> None:
    from matplotlib.text import Text

    if not title.strip() or not description.strip():
        raise ValueError("a figure needs a title that states the finding, and a description in words")
    for axes in figure.axes:
        if axes.axison and not (axes.get_xlabel() and axes.get_ylabel()):
            raise ValueError("label both axes, with units")
    small = sorted({float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text()} - {TEXT})
    if small and small[0] < SMALLEST:
        raise ValueError(
            f"text of {small[0]:g} cannot be read on a phone: `note` writes in {TEXT}, no less than {SMALLEST}"
        )


def _save(figure: Figure) -> str:
    import matplotlib as mpl

    target = io.BytesIO()
    with mpl.rc_context(settings()):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue().decode("utf-8")
