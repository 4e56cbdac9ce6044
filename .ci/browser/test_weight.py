"""What a page weighs: the bytes, compressed, of all that it loads on a first visit. Times are written down only."""

import gzip
import statistics
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import pytest

from browser import built
from browser.verdict import no_faults
from browser.watching import Watch

HEAVIEST_KB, MEDIAN_KB = 900, 500  # KB is 1000 bytes
COMPRESSED = {".woff2", ".woff", ".png", ".jpg", ".jpeg", ".webp", ".gz"}  # a server sends these as they are
TIMES = """() => [performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0,
  performance.getEntriesByType("navigation")[0].loadEventEnd]"""


class Visit(NamedTuple):
    """One first visit to a page: bytes over the wire by file, and milliseconds to paint and to the end."""

    files: dict[str, int]
    paint: float
    load: float

    @property
    def kilobytes(self):
        return sum(self.files.values()) / 1000


def wire_bytes(path: Path) -> int:
    """Return how many bytes of a file a web server sends."""
    data = path.read_bytes()
    return len(data) if path.suffix in COMPRESSED else len(gzip.compress(data, compresslevel=6))


@pytest.fixture(scope="module")
def visits():
    """Visits so far, by page: the median needs all."""
    return {}


@pytest.fixture
def visit(visits, context, home, pages_folder):
    """A function that visits a page with nothing cached, scrolls through it, and weighs what came."""

    def first_visit(name):
        if name not in visits:
            page = context().new_page()
            watch = Watch(page, home)
            page.goto(home + name)
            paint, load = page.evaluate(TIMES)
            page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
            page.wait_for_load_state("networkidle")
            files = {unquote(urlsplit(url).path)[1:] for url in watch.requests if url.startswith(home)}
            there = {file: wire_bytes(pages_folder / file) for file in files if (pages_folder / file).is_file()}
            visits[name] = Visit(there, paint, load)
        return visits[name]

    return first_visit


def test_no_page_is_too_heavy(page_name, visit):
    seen = visit(page_name)
    heaviest = ", ".join(f"{name} {size / 1000:.0f}" for name, size in sorted(seen.files.items(), key=by_size)[:4])
    if seen.kilobytes > HEAVIEST_KB:
        fault = f"{seen.kilobytes:.0f} KB over the wire, at most {HEAVIEST_KB}: make its files smaller ({heaviest} KB)"
        no_faults(page_name, [fault])


def by_size(file):
    return -file[1]


def test_the_middle_page_is_light_and_the_table_is_written(visit, pages_folder, results_folder):
    seen = {name: visit(name) for name in built.pages(pages_folder)}
    median = statistics.median(one.kilobytes for one in seen.values())
    results_folder.mkdir(parents=True, exist_ok=True)
    (results_folder / "page-weights.md").write_text(table(seen, median), encoding="utf-8")
    if median > MEDIAN_KB:
        fault = f"the median page takes {median:.0f} KB, at most {MEDIAN_KB}: see _build/page-weights.md"
        no_faults("all pages", [fault])


def table(seen, median):
    """Write what was weighed, heaviest first, as a table in Markdown."""
    rows = [
        f"| {name} | {one.kilobytes:.0f} | {len(one.files)} | {one.paint:.0f} | {one.load:.0f} |"
        for name, one in sorted(seen.items(), key=lambda row: -row[1].kilobytes)
    ]
    return "\n".join(
        [
            "# What the pages weigh",
            "",
            "Bytes over the wire on a first visit, text compressed by gzip; 1 KB is 1000 bytes. The times are of one "
            "visit over loopback, on the machine that ran the checks, which may have been busy.",
            "",
            f"Median {median:.0f} KB (at most {MEDIAN_KB}); no page above {HEAVIEST_KB} KB.",
            "",
            "| Page | KB | Files | First paint, ms | Loaded, ms |",
            "| --- | ---: | ---: | ---: | ---: |",
            *rows,
            "",
        ]
    )
