"""SVG as text: elements that stay, and elements that change from frame to frame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from kvlab.figures.palette import variable

Value = str | int | float


def plain(number: Value) -> str:
    """Write a number as short as a hundredth of a unit allows; text stays as it is."""
    if isinstance(number, str):
        return number
    return f"{number:.2f}".rstrip("0").rstrip(".") if isinstance(number, float) else str(number)


def element(tag: str, attributes: Mapping[str, Value], content: str = "") -> str:
    """Write one element.

    Parameters
    ----------
    tag : str
        Its name.
    attributes : mapping
        Their values are escaped.
    content : str
        Markup, put in as it is.

    Returns
    -------
    str
    """
    written = "".join(f' {name}="{escape(plain(value))}"' for name, value in attributes.items())
    return f"<{tag}{written}>{content}</{tag}>" if content or tag == "text" else f"<{tag}{written}/>"


def text(words: str, x: float, y: float, **attributes: Value) -> str:
    """Write words whose baseline starts (or, with ``text_anchor``, centres or ends) at a point."""
    named = {name.replace("_", "-"): value for name, value in attributes.items()}
    return element("text", {"x": x, "y": y, **named}, escape(words))


@dataclass(frozen=True)
class Moving:
    """An element that changes.

    Attributes
    ----------
    tag : str
        Its name.
    fixed : mapping
        Attributes that stay.
    states : sequence of mapping
        One for each frame, all with the same keys: attributes that change, and ``text`` for its words.
    words : str
        Its words, if they stay.
    """

    tag: str
    fixed: Mapping[str, Value]
    states: Sequence[Mapping[str, Value]] = field(default_factory=list)
    words: str = ""

    @property
    def still(self) -> bool:
        """Whether no frame differs from another."""
        return all(state == self.states[0] for state in self.states)

    def draw(self, frame: int) -> str:
        """Write the element as it is in one frame, marked for the script to find if it changes."""
        state = dict(self.states[frame])
        words = escape(str(state.pop("text", self.words)))
        mark: dict[str, Value] = {} if self.still else {"data-k": ""}
        return element(self.tag, {**mark, **self.fixed, **state}, words)


def grouped(shared: Mapping[str, Value], parts: Sequence[str | Moving]) -> list[str | Moving]:
    """Give parts of a drawing the attributes they share, written once."""
    head = element("g", shared).removesuffix("/>") + ">"
    return [head, *parts, "</g>"]


def hatch(name: str, role: str) -> str:
    """Return a pattern of slanted lines in a role's colour, to fill with ``url(#name)``."""
    ground = element("rect", {"width": 5, "height": 5, "fill": variable(role), "fill-opacity": 0.18})
    stripe = element("rect", {"width": 2.4, "height": 5, "fill": variable(role)})
    return _pattern(name, 5, ground + stripe, "rotate(45)")


def dots(name: str, role: str) -> str:
    """Return a pattern of dots in a role's colour, to fill with ``url(#name)``."""
    ground = element("rect", {"width": 6, "height": 6, "fill": variable(role), "fill-opacity": 0.22})
    spots = "".join(element("circle", {"cx": x, "cy": x, "r": 1.1, "fill": variable(role)}) for x in (1.5, 4.5))
    return _pattern(name, 6, ground + spots, "")


def _pattern(name: str, size: int, content: str, transform: str) -> str:
    attributes: dict[str, Value] = {"id": name, "width": size, "height": size, "patternUnits": "userSpaceOnUse"}
    if transform:
        attributes["patternTransform"] = transform
    return element("pattern", attributes, content)


def identifier(name: str) -> str:
    """Check that a name can be an element's id and part of an address."""
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise ValueError(f"{name!r} is no name for a figure: small letters, digits and hyphens, as in 'how-often'")
    return name
