"""The built pages as files: which there are, and which elements each has, without a browser."""

import functools
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple


class Element(NamedTuple):
    """A start tag: its name and attributes, and the line of the file that it is on."""

    tag: str
    attributes: dict[str, str]
    line: int

    def has_class(self, name: str) -> bool:
        return name in self.attributes.get("class", "").split()

    def __str__(self) -> str:
        shown = "".join(f' {name}="{value}"' for name, value in self.attributes.items() if name in SHOWN)
        return f"<{self.tag}{shown}> (line {self.line})"


SHOWN = ("id", "class", "href", "src", "name", "type")


class Reader(HTMLParser):
    """Collects every start tag of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.elements.append(Element(tag, attributes, self.getpos()[0]))


@functools.cache
def elements(path: Path) -> tuple[Element, ...]:
    """Return every element of a page, in order."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return tuple(reader.elements)


@functools.cache
def places(path: Path) -> frozenset[str]:
    """Return every name that a link can lead to on a page."""
    return frozenset(one.attributes[key] for one in elements(path) for key in ("id", "name") if key in one.attributes)


def files(folder: Path) -> list[str]:
    """Return the name of every HTML file that a reader can come to, below the folder of the pages."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    return sorted(name for name in found if not name.startswith("_static/"))


def pages(folder: Path) -> list[str]:
    """Return the names of the pages, but not 404.html: its links hold at the site's address, and .ci/address_proof.py
    reads them.
    """
    return [name for name in files(folder) if name != "404.html"]


def with_class(folder: Path, name: str) -> Iterator[tuple[str, str]]:
    """Find the elements of a class: yields (page, id of the element)."""
    for page in pages(folder):
        for one in elements(folder / page):
            if one.has_class(name):
                yield page, one.attributes.get("id", "")
