"""Each colour means one thing in the whole book, and never says it alone.

Colours that differ in hue can coincide in grey, so every meaning has a second mark as well: hatching,
dashes, dots or a letter. Text in these colours, and page-coloured letters on them, have a contrast of at
least 4.5 on the page and on the panels of both themes; ``free`` is the exception and never holds text.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Colour:
    """One meaning.

    Attributes
    ----------
    name : str
        What the colour stands for.
    light, dark : str
        Its form on a white page and on the dark one.
    mark : str
        How else it can be told.
    """

    name: str
    light: str
    dark: str
    mark: str


ROLES = (
    Colour("query", "#4a54ab", "#8790f5", "the letter Q"),
    Colour("key", "#9a5200", "#d6b441", "the letter K"),
    Colour("value", "#3d6b3e", "#43c285", "the letter V"),
    Colour("cached", "#017a96", "#3ecdfd", "solid"),
    Colour("recomputed", "#7c1c02", "#ed7c66", "hatched"),
    Colour("new", "#63206e", "#d193c4", "a thick edge"),
    Colour("weights", "#4a4f57", "#c9ced6", "dotted"),
    Colour("free", "#868c95", "#868c95", "a dashed edge"),
)
"""What things are."""

PAGE = (
    Colour("ink", "#222832", "#ced6dd", "text"),
    Colour("muted", "#48566b", "#9ca4af", "text of less weight"),
    Colour("line", "#d1d5da", "#48566b", "rules and grids"),
    Colour("paper", "#ffffff", "#121212", "the page, and letters on fills"),
)
"""What they stand on; the same values as the theme's."""

_FORCED = {"paper": "Canvas", "line": "GrayText", "free": "GrayText", "cached": "LinkText", "query": "LinkText"}
"""Where the reader's system chooses the colours, the second marks do most of the telling."""


def colour(name: str) -> Colour:
    """Look a colour up by its meaning.

    Parameters
    ----------
    name : str
        One of the names in `ROLES` or `PAGE`.

    Returns
    -------
    Colour
    """
    known = {entry.name: entry for entry in ROLES + PAGE}
    if name not in known:
        raise ValueError(f"no colour means {name!r}; there are {', '.join(known)}")
    return known[name]


def variable(name: str) -> str:
    """Return the colour as CSS: the page's variable, or the light value where no page sets one."""
    return f"var(--kv-{name}, {colour(name).light})"


def css() -> str:
    """Return the variables' definitions: light, dark (the book's and Jupyter's), the reader's own, light on paper."""
    light = "".join(f"--kv-{entry.name}:{entry.light};" for entry in ROLES + PAGE)
    dark = "".join(f"--kv-{entry.name}:{entry.dark};" for entry in ROLES + PAGE)
    forced = "".join(f"--kv-{entry.name}:{_FORCED.get(entry.name, 'CanvasText')};" for entry in ROLES + PAGE)
    night = 'html[data-theme="dark"],body[data-jp-theme-light="false"]'
    return (
        f":root{{{light}}}\n{night}{{{dark}}}\n"
        f"@media (forced-colors: active){{:root,{night}{{{forced}}}}}\n@media print{{{night}{{{light}}}}}\n"
    )


def contrast(first: str, second: str) -> float:
    """Contrast of two colours by the WCAG formula, from 1 (equal) to 21 (black on white).

    Parameters
    ----------
    first, second : str
        Colours as ``#rrggbb``.

    Returns
    -------
    float
    """
    dim, bright = sorted((_luminance(first), _luminance(second)))
    return (bright + 0.05) / (dim + 0.05)


def _luminance(hexadecimal: str) -> float:
    channels = [int(hexadecimal[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
