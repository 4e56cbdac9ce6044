"""A figure's name is its address: one element of a page has it, and no other page's figure."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
NAME = re.compile(r'^ *name="([a-z0-9-]+)",?$', re.MULTILINE)
DEFAULTS = {"one_query(": "one-query"}  # figures that are called without a name


def cells(page):
    return re.findall(r"^```{code-cell}.*?^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def names(page):
    source = "\n".join(cells(page))
    return NAME.findall(source) + [
        name for call, name in DEFAULTS.items() if re.search(rf"^{re.escape(call)}", source, re.M)
    ]


def sections(page):
    """The ids that Sphinx gives to headings, and targets."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    slugs = {re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings}
    return slugs | set(re.findall(r"^\(([\w-]+)\)=$", prose, re.MULTILINE))


PAGES = [page for page in sorted(BOOK.glob("*.md")) if names(page)]


def test_pages_with_figures_are_found():
    assert len(PAGES) >= 8
    assert "how-often" in names(BOOK / "01-problem-analysis.md")
    assert "two-regimes" in sections(BOOK / "04-generation.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_figure_is_called_like_a_section_of_its_page(page):
    assert not set(names(page)) & sections(page)


def test_no_two_figures_of_the_book_share_a_name():
    """Two chapters can be open in one JupyterLab."""
    times = Counter(name for page in PAGES for name in names(page))
    assert [name for name, n in times.items() if n > 1] == []
