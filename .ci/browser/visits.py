"""A first visit to a page, with nothing cached: what it asks for and says, what comes, and when its words are there."""

import gzip
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from playwright.sync_api import BrowserContext

from browser.scripts import script
from browser.watching import Watch

COMPRESSED = {".woff2", ".woff", ".png", ".jpg", ".jpeg", ".webp", ".gz"}  # a server sends these as they are
PAINTED = "performance.getEntriesByName('first-contentful-paint').length > 0"
PAINT_MS = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


class Visit(NamedTuple):
    """What was seen: faults as sentences, bytes over the wire by file, milliseconds until words could be read."""

    faults: list[str]
    files: dict[str, int]
    paint: float

    @property
    def kilobytes(self) -> float:
        return sum(self.files.values()) / 1000


def wire_bytes(path: Path) -> int:
    """Return how many bytes of a file a web server sends."""
    data = path.read_bytes()
    return len(data) if path.suffix in COMPRESSED else len(gzip.compress(data, compresslevel=6))


def visit(reader: BrowserContext, address: str, home: str, folder: Path) -> Visit:
    """Open a page, use all that it has, and return what came of it; `folder` lies at the address `home`."""
    page = reader.new_page()
    watch = Watch(page, home)
    page.goto(address)
    used = page.evaluate(script("use_everything"))
    if not used.get("button"):
        watch.faults.append("no button was found to press, so its scripts have not run: mend the page or this check")
    page.wait_for_function(PAINTED)
    names = {unquote(urlsplit(url).path) for url in watch.requests if url.startswith(home)}
    files = {name.removeprefix(unquote(urlsplit(home).path)).lstrip("/") for name in names}
    there = {name: wire_bytes(folder / name) for name in files if (folder / name).is_file()}
    return Visit(watch.faults, there, page.evaluate(PAINT_MS))
