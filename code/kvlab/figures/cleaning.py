"""Matplotlib's SVG, made fit to be one of several inside a page.

A page can hold many: ids get a prefix, or go where nothing refers to them; the global style and the metadata
go; colours become the page's variables; text takes the page's font.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

from kvlab.figures.palette import PAGE, ROLES, variable

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DROPPED = {"font-family", "font-stretch", "font-variant", "font", "stroke-linejoin"}


def clean(drawn: str, prefix: str) -> str:
    """Return the content of matplotlib's SVG, without its outer element.

    Parameters
    ----------
    drawn : str
        What ``savefig`` wrote with ``svg.fonttype`` none.
    prefix : str
        Put before every id that stays.

    Returns
    -------
    str
    """
    root = Tree.fromstring(drawn)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.split("}")[-1] in ("metadata", "style"):
                parent.remove(child)
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', drawn))
    for node in root.iter():
        _tidy(node, used, prefix)
    _prune(root)
    written = "".join(Tree.tostring(_bare(child), encoding="unicode") for child in root)
    return re.sub(r"\s*\n\s*", " ", _paint(written)).replace("> <", "><").strip()


def _tidy(node: Tree.Element, used: set[str], prefix: str) -> None:
    """Give one element its final attributes."""
    name = node.attrib.pop("id", None)
    if name in used:
        node.set("id", f"{prefix}-{name}")
    link = node.attrib.pop(_LINK, None)
    if link:
        node.set("href", f"#{prefix}-{link[1:]}")
    _style(node)
    for key, value in list(node.attrib.items()):
        value = re.sub(r"url\(#", f"url(#{prefix}-", value)
        if key in ("d", "x", "y", "transform", "points"):
            value = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
        node.set(key, " ".join(value.split()))
    if re.match(r"rotate\(-?0[ )]", node.get("transform", "")):
        del node.attrib["transform"]


def _style(node: Tree.Element) -> None:
    """Turn the style into attributes that a page's rules can override, without the font's name."""
    for entry in filter(None, node.attrib.pop("style", "").split(";")):
        key, _, value = (part.strip() for part in entry.partition(":"))
        if key == "font":
            size = re.search(r"([\d.]+)px", value)
            weight = re.match(r"(?:\w+ )*?(bold|[1-9]00)\b", value)
            node.attrib.update({"font-size": size[1]} if size else {})
            node.attrib.update({"font-weight": weight[1]} if weight else {})
        elif key == "font-size":
            node.set(key, value.removesuffix("px"))
        elif key not in _DROPPED:
            node.set(key, value)


def _prune(root: Tree.Element) -> None:
    """Drop what draws nothing: the empty background, and groups left with nothing to say."""
    for parent in list(root.iter()):
        for child in list(parent):
            invisible = child.get("fill") == "none" and not child.get("stroke") and child.tag == f"{_SVG}path"
            if invisible and "stroke" not in parent.attrib:
                parent.remove(child)
    for parent in reversed(list(root.iter())):
        for child in list(parent):
            if child.tag in (f"{_SVG}g", f"{_SVG}defs") and not len(child):
                parent.remove(child)


def _bare(node: Tree.Element) -> Tree.Element:
    for one in node.iter():
        one.tag = one.tag.removeprefix(_SVG)
        if one.tag != "text" and one.tag != "tspan":
            one.text = None
        one.tail = None
    return node


def _paint(written: str) -> str:
    names = {entry.light: entry.name for entry in ROLES + PAGE}

    def replace(found: re.Match[str]) -> str:
        return variable(names[found[0]]) if found[0] in names else found[0]

    return re.sub(r"#[0-9a-f]{6}\b", replace, written)
