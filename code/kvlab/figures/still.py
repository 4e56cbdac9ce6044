"""A figure that stands still: what paper can show of it.

The HTML of a figure holds all of it: the drawing, the table of its states, the words of each frame. So nothing is
drawn or stored a second time for paper; this module reads the HTML back. (It is well-formed XML.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from xml.etree import ElementTree as Tree

from kvlab.figures.still_svg import alone

Runs = list[tuple[str, bool]]
"""Words, and whether they are code."""


@dataclass(frozen=True)
class Panel:
    """One frame of a figure.

    Attributes
    ----------
    svg : str
        The drawing, in light colours; it needs no page.
    size : (float, float)
        Its width and height in units of about a pixel.
    name : str
        Which frame it is: ``Step 3 of 20``; empty for a figure that never moved.
    caption : str
        What happens in it.
    """

    svg: str
    size: tuple[float, float]
    name: str
    caption: str


@dataclass(frozen=True)
class Still:
    """A figure on paper.

    Attributes
    ----------
    name : str
        Its id on its page.
    title : list of (str, bool)
        The finding.
    panels : list of Panel
        The frames to print.
    frames : int
        How many frames there are to step through; 1 for a chart.
    """

    name: str
    title: Runs
    panels: list[Panel]
    frames: int


def parse(html: str) -> Tree.Element:
    """Read what a cell shows, with SVG elements under their plain names."""
    return Tree.fromstring(html.replace(' xmlns="http://www.w3.org/2000/svg"', ""))


def first(root: Tree.Element, name: str) -> Tree.Element:
    """Return the first element that has a class."""
    for node in root.iter():
        if name in node.get("class", "").split():
            return node
    raise ValueError(f"this is no part of the book's pages: nothing in it has the class {name!r}")


def runs(node: Tree.Element) -> Runs:
    """Return an element's words in order."""
    found = [(node.text or "", node.tag == "code")]
    for child in node:
        found += [*runs(child), (child.tail or "", node.tag == "code")]
    return [(words, code) for words, code in found if words]


def words(node: Tree.Element) -> str:
    """Return an element's words as one text."""
    return "".join(node.itertext())


def still(html: str) -> Still:
    """Read a figure, whether it could be stepped through or not.

    Parameters
    ----------
    html : str
        What a chart or a stepper shows on a page.

    Returns
    -------
    Still
    """
    root = parse(html)
    title = runs(first(root, "kv-title"))
    drawing = next(root.iter("svg"))
    if "kv-stepper" not in root.get("class", "").split():
        return Still(root.get("id", ""), title, [_panel(drawing, "", "")], 1)
    captions = [words(item) for item in first(root, "kv-all").iter("li")]
    panels = [_frame(root, drawing, captions, number) for number in _chosen(root, len(captions))]
    return Still(root.get("id", ""), title, panels, len(captions))


def _chosen(root: Tree.Element, frames: int) -> Sequence[int]:
    """The frames that the figure names for paper, or else the one that stands still on the page."""
    named = root.get("data-stills") or root.get("data-still") or str(frames - 1)
    return [int(number) for number in named.split()]


def _frame(root: Tree.Element, drawing: Tree.Element, captions: Sequence[str], number: int) -> Panel:
    """Draw one frame, as the page's script would."""
    data = json.loads(first(root, "kv-data").text or "{}")
    picture = deepcopy(drawing)
    shapes = [node for node in picture.iter() if "data-k" in node.attrib]
    for i, state in _states(data["frames"], number).items():
        for key, value in data["states"][state].items():
            if key == "text":
                shapes[i].text = value
            else:
                shapes[i].set(key, value)
    return _panel(picture, *_named(_frame_name(root, number), captions[number]))


def _states(frames: Sequence[Sequence[int]], number: int) -> dict[int, int]:
    """Which state each shape is in: every frame lists what changed since the one before."""
    at: dict[int, int] = {}
    for changes in frames[: number + 1]:
        at.update(zip(changes[::2], changes[1::2], strict=True))
    return at


def _frame_name(root: Tree.Element, number: int) -> str:
    """What the slider says of a frame."""
    count = first(root, "kv-count")
    if "data-names" in count.attrib:
        return count.get("data-names", "").split("|")[number]
    label = next(first(root, "kv-controls").iter("label")).text or ""
    return label + re.sub(r"^\d+", str(number + 1), words(count))


def _named(name: str, caption: str) -> tuple[str, str]:
    """Say once which frame it is, even if its caption begins with it: ``Step 3 of 20``, ``Step 3 reads …``."""
    short = name.split(" of ")[0]
    rest = caption.removeprefix(short)
    return (name, caption) if rest == caption or rest[:1].isalnum() else (short, rest.strip(" :"))


def _panel(drawing: Tree.Element, name: str, caption: str) -> Panel:
    svg, size = alone(drawing)
    return Panel(svg, size, name, caption)
