"""The book's icon and its card as PNG files, for browsers that take no SVG and for social networks, which take none.

Both are triangles of squares, as on the cover, so Matplotlib can paint them and no browser is needed.
"""

import re
from pathlib import Path
from xml.etree import ElementTree

from kvlab.figures.palette import colour

SVG = "{http://www.w3.org/2000/svg}"
ROWS = 14  # of the card's triangle
WORDS = "A book that runs: NumPy, a real model,\nand numbers that you can check."


def setup(app):
    """Paint before Sphinx copies the files that pages link."""
    app.connect("builder-inited", paint)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def paint(app):
    """Write the pictures to a folder whose files go to `_static`."""
    target = Path(app.srcdir) / "_build" / "assets"
    target.mkdir(parents=True, exist_ok=True)
    side, squares = read(Path(app.srcdir) / "book" / "assets" / "favicon.svg")
    paint_icon(squares, 32 / side, 32, target / "favicon.png")
    paint_icon(squares, 180 / side, 180, target / "apple-touch-icon.png")
    paint_card(app.config.html_title, target / "social-card.png")


def read(path):
    """The side of the icon, and its squares: x, y, size, corner, colour, opacity."""
    drawing = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    light = drawing.find(f"{SVG}style").text.split("@media")[0]
    fills = dict(re.findall(r"\.(\w+)\{fill:(#\w+)\}", light))
    squares = []
    for rect in drawing.iter(f"{SVG}rect"):
        x, y, size, corner = (float(rect.get(name)) for name in ("x", "y", "width", "rx"))
        squares.append((x, y, size, corner, fills[rect.get("class")], float(rect.get("opacity", 1))))
    return float(drawing.get("viewBox").split()[2]), squares


def triangle(rows):
    """The squares of a larger triangle: each row computes its last token, and all before it again."""
    new, again = colour("cached").light, colour("recomputed").light
    below = [(row, column) for row in range(rows) for column in range(row)]
    paler = [(4 * column, 4 * row, 3, 0.5, again, 0.62 - 0.52 * (row - column) / (rows - 1)) for row, column in below]
    return paler + [(4 * row, 4 * row, 3, 0.5, new, 1) for row in range(rows)]


def empty(width, height):
    """An empty picture whose unit is a pixel, with y downwards."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 100, height / 100), dpi=100, facecolor=colour("paper").light)
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
    axes.axis("off")
    return figure, axes


def draw(axes, squares, left, top, scale):
    """Draw squares at a place."""
    from matplotlib.patches import FancyBboxPatch

    for x, y, size, corner, fill, opacity in squares:
        place = (left + x * scale, top + y * scale)
        style = f"round,pad=0,rounding_size={corner * scale}"
        axes.add_patch(FancyBboxPatch(place, size * scale, size * scale, boxstyle=style, fc=fill, alpha=opacity, lw=0))


def paint_icon(squares, scale, size, path):
    """The icon, on white."""
    figure, axes = empty(size, size)
    draw(axes, squares, 0, 0, scale)
    figure.savefig(path)


def paint_card(title, path):
    """A triangle beside the book's title, in the shape that social networks show."""
    figure, axes = empty(1200, 630)
    draw(axes, triangle(ROWS), 75, 100, 430 / (4 * ROWS - 1))
    first, _, rest = title.partition(", ")
    ink, muted = colour("ink").light, colour("muted").light
    axes.text(590, 255, first, fontsize=44, fontweight="bold", color=ink, va="center")
    axes.text(590, 325, rest, fontsize=27, color=ink, va="center")
    axes.text(590, 420, WORDS, fontsize=19, color=muted, va="center", linespacing=1.5)
    figure.savefig(path)
