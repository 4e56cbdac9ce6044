"""What a figure brings to the page: style, script, and the words around the picture.

The book's pages link `figures.css` and `figures.js`, which ``python -m kvlab.figures.page`` writes; a figure ends with
one line that wakes it. A live notebook links nothing, so there each figure brings what it needs, and the style is
added once, where it is missing.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from kvlab.figures import palette

_CHANGE = "change code/kvlab/figures instead."


def style_sheet() -> str:
    """Return the figures' whole style sheet: the palette's variables and the rules that use them."""
    rules = files("kvlab.figures").joinpath("figures.css").read_text(encoding="utf-8")
    return f"/* Written by `python -m kvlab.figures.page`: {_CHANGE} */\n{palette.css()}{rules}"


def linked() -> bool:
    """Whether a page of the book is being made, which links style and script: the build sets KVLAB_BUILD."""
    return "KVLAB_BUILD" in os.environ


def script() -> str:
    """Return the figures' whole script for pages that link it."""
    parts = ("core", "stepper", "quiz", "calculator", "address", "paper")
    return "\n".join([f"// Written by `python -m kvlab.figures.page`: {_CHANGE}", *map(_source, parts), ""])


def scripts(*names: str) -> str:
    """Return the script element that ends a figure.

    Parameters
    ----------
    *names : str
        ``stepper``, ``quiz`` or ``calculator``; none for a picture that stays still.

    Returns
    -------
    str
        HTML that is also well-formed XML.
    """
    if linked():
        return "<script>globalThis.kvlab?.wake()</script>" if names else ""
    written = "\n".join([*map(_source, ("core", "notebook", *names)), "kvlab.wake();"])
    written = re.sub(r"^ *//.*\n", "", written, flags=re.MULTILINE)
    written = written.replace("STYLE", json.dumps(_shorten(style_sheet())))
    if "<" in written or "&" in written:
        raise ValueError("write the script without < and &, so that the page stays well-formed")
    return f"<script>{written}</script>"


def prose(words: str) -> str:
    """Escape words for HTML; `backticks` become code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def script_data(content: object) -> str:
    """Write JSON that cannot end a script element, whatever its strings hold."""
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def picture(name: str, size: tuple[float, float], title: str, description: str, content: str) -> str:
    """Wrap shapes in an inline SVG that a screen reader announces as one image.

    Parameters
    ----------
    name : str
        The prefix of every id inside.
    size : (float, float)
        Width and height of the canvas, in units of about one pixel on a phone.
    title, description : str
        What the picture is called, and its finding in words.
    content : str
        SVG markup.

    Returns
    -------
    str
    """
    width, height = size
    head = f'<title id="{name}-name">{escape(title)}</title><desc id="{name}-text">{escape(description)}</desc>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-labelledby="{name}-name" aria-describedby="{name}-text" fill="{palette.variable("ink")}" '
        f'style="display:block;width:100%;height:auto;stroke-linejoin:round">{head}{content}</svg>'
    )


def _source(name: str) -> str:
    return files("kvlab.figures").joinpath(f"{name}.js").read_text(encoding="utf-8").strip()


def _shorten(css: str) -> str:
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", bare)).strip()


def main(arguments: Sequence[str]) -> None:
    """Write the style sheet and the script into the given folder."""
    folder = Path(arguments[0] if arguments else "book/assets")
    (folder / "figures.css").write_text(style_sheet(), encoding="utf-8")
    (folder / "figures.js").write_text(script(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
