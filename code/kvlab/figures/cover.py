"""The cover: a triangle of work done again and again, and the one column that was needed.

Run ``python -m kvlab.figures.cover`` to write ``book/assets/cover.svg``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kvlab.figures.palette import colour
from kvlab.figures.svg import Value, element

_ROWS, _STEP, _CELL = 14, 24, 18


def cover() -> str:
    """Draw the cover.

    Row by row a text grows. Each square is one computation of one token's key and value: the diagonal is
    the first time, everything below it is work done again. A cache keeps the diagonal.

    Returns
    -------
    str
        SVG that stands alone and follows the page's colour scheme.
    """
    side = _ROWS * _STEP + 2 * _STEP
    squares = [_square(row, column) for row in range(_ROWS) for column in range(row + 1)]
    words = (
        "<title>KV caching: a triangle of squares; only its diagonal was needed</title>"
        "<desc>Each row is a step of generating text, each square one token's key and value. "
        "The bright diagonal is computed for the first time; the pale rest is computed again.</desc>"
    )
    style = f"<style>{_rules(False)}@media(prefers-color-scheme:dark){{{_rules(True)}}}</style>"
    attributes: dict[str, Value] = {
        "xmlns": "http://www.w3.org/2000/svg",
        "viewBox": f"0 0 {side} {side}",
        "role": "img",
    }
    return element("svg", attributes, words + style + "".join(squares)) + "\n"


def _square(row: int, column: int) -> str:
    box: dict[str, Value] = {
        "x": (column + 1) * _STEP + 3,
        "y": (row + 1) * _STEP + 3,
        "width": _CELL,
        "height": _CELL,
        "rx": 3,
    }
    if row == column:
        return element("rect", {**box, "class": "new"})
    age = (row - column) / (_ROWS - 1)
    return element("rect", {**box, "class": "again", "opacity": round(0.62 - 0.52 * age, 2)})


def _rules(dark: bool) -> str:
    new, again = colour("cached"), colour("recomputed")
    paints = (new.dark, again.dark) if dark else (new.light, again.light)
    return f".new{{fill:{paints[0]}}}.again{{fill:{paints[1]}}}"


def main(arguments: Sequence[str]) -> None:
    """Write the cover to the given path."""
    target = Path(arguments[0] if arguments else "book/assets/cover.svg")
    target.write_text(cover(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
