"""A picture of a page as an SVG file that needs no page: colours, font and size are in it."""

from __future__ import annotations

import re
from copy import deepcopy
from xml.etree import ElementTree as Tree

FONT = "TeX Gyre Heros, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif"
EDGE = 4.0
"""How far a drawing may reach over its canvas: on the page, nothing cuts it off there."""

_VARIABLE = re.compile(r"var\(--[\w-]+,\s*([^()]+)\)")
_LAYOUT = {"display", "width", "height", "max-width"}
_PAGE_ONLY = re.compile(r"data-|aria-|role$|class$")


def alone(drawing: Tree.Element) -> tuple[str, tuple[float, float]]:
    """Write a picture so that it stands alone.

    Parameters
    ----------
    drawing : xml.etree.ElementTree.Element
        An ``svg`` element of a page, without namespace. It stays as it is.

    Returns
    -------
    svg : str
        With the light value of every colour.
    size : (float, float)
        Width and height in the picture's own units.
    """
    picture = deepcopy(drawing)
    for parent in list(picture.iter()):
        for child in [child for child in parent if child.tag in ("title", "desc")]:
            parent.remove(child)
    for node in picture.iter():
        _resolve(node)
    left, top, width, height = (float(number) for number in picture.get("viewBox", "").split())
    size = (width + 2 * EDGE, height + 2 * EDGE)
    picture.attrib |= {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"{left - EDGE:g} {top - EDGE:g} {size[0]:g} {size[1]:g}",
        "width": f"{size[0]:g}", "height": f"{size[1]:g}", "font-family": FONT, "font-size": "16",
    }  # fmt: skip
    written = Tree.tostring(picture, encoding="unicode")
    if "var(" in written:
        raise ValueError("a colour of this picture has no value of its own: write it as palette.variable does")
    return written, size


def _resolve(node: Tree.Element) -> None:
    """Give an element its colours' light values, and drop what only a page understands."""
    for entry in filter(None, node.attrib.pop("style", "").split(";")):
        key, _, value = (part.strip() for part in entry.partition(":"))
        if key not in _LAYOUT:
            node.set(key, value)
    for key, value in list(node.attrib.items()):
        if _PAGE_ONLY.match(key):
            del node.attrib[key]
        else:
            node.set(key, _VARIABLE.sub(r"\1", value))
