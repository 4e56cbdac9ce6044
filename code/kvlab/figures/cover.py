"""The cover: a text grows word by word, a triangle of work done again and again, and the one diagonal that was needed.

Run ``python -m kvlab.figures.cover`` to write ``book/assets/cover.svg``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kvlab.figures.palette import colour
from kvlab.figures.svg import Value, element

TEXT = "Once upon a time there was a small town nestled between two mountains ."
"""What the book's model makes of its first six words, one token to a row."""

_STEP, _CELL = 24, 18
_WIDTH, _HEIGHT = 400, 338
_FONTS = "ui-sans-serif,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Liberation Sans',sans-serif"
_HATCH = (
    '<pattern id="h" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="line" d="M0 0V5"/></pattern>'
)


def cover() -> str:
    """Draw the cover.

    Row by row a text grows. Each square is one computation of one token's key and value: the diagonal is
    the first time, everything below it is work done again. A cache keeps the diagonal.

    Returns
    -------
    str
        SVG that stands alone and follows the page's colour scheme.
    """
    tokens = TEXT.split()
    rows = len(tokens)
    squares = [_square(row, column, rows) for row in range(rows) for column in range(row + 1)]
    written = [_text("word", (row + 1) * _STEP + 6, row * _STEP + 17, word) for row, word in enumerate(tokens)]
    words = (
        "<title>KV caching: a triangle of squares; only its diagonal was needed</title>"
        "<desc>Each row is a step of a growing text, each square one token's key and value. "
        "The solid diagonal is computed for the first time; the hatched rest is computed again.</desc>"
    )
    style = f"<style>{_rules(False)}@media(prefers-color-scheme:dark){{{_rules(True)}}}</style>"
    attributes: dict[str, Value] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {_WIDTH} {_HEIGHT}",
        "role": "img",
    }
    parts = [words, style, f"<defs>{_HATCH}</defs>", *squares, *written, *_sums(rows)]
    return element("svg", attributes, "".join(parts)) + "\n"


def _square(row: int, column: int, rows: int) -> str:
    place: dict[str, Value] = {"x": column * _STEP + 3, "y": row * _STEP + 3, "width": _CELL, "height": _CELL, "rx": 3}
    if row == column:
        return element("rect", {**place, "class": "new"})
    age = (row - column) / (rows - 1)
    return element("rect", {**place, "class": "again", "opacity": round(1 - 0.8 * age, 2)})


def _sums(rows: int) -> list[str]:
    """What the squares come to, in the empty corner."""
    again = rows * (rows - 1) // 2
    lines = [("often", str(again), "computed again"), ("once", str(rows), "computed once, and kept")]
    drawn = []
    for line, (kind, number, meaning) in enumerate(lines):
        y = 32 + 44 * line
        drawn += [_text(kind, 212, y, number, "end"), _text("meaning", 222, y - 1, meaning)]
    return drawn


def _text(kind: str, x: int, y: int, said: str, anchor: str = "start") -> str:
    place: dict[str, Value] = {"class": kind, "x": x, "y": y}
    if anchor != "start":
        place["text-anchor"] = anchor
    return element("text", place, said)


def _rules(dark: bool) -> str:
    new, again, ink, muted = (
        colour(name).dark if dark else colour(name).light for name in ("cached", "recomputed", "ink", "muted")
    )
    return (
        f"text{{font:15px {_FONTS}}}.word{{fill:{ink}}}.meaning{{fill:{muted}}}"
        f".new,.once{{fill:{new}}}.often{{fill:{again}}}.often,.once{{font-size:30px;font-weight:650}}"
        f".again{{fill:url(#h);stroke:{again};stroke-width:.8}}.line{{stroke:{again};stroke-width:3.4}}"
    )


def main(arguments: Sequence[str]) -> None:
    """Write the cover to the given path."""
    target = Path(arguments[0] if arguments else "book/assets/cover.svg")
    target.write_text(cover(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
