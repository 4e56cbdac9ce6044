"""A page's text in a notebook: numbers, citations, links, glossary, solutions."""

import re

import pytest

from kvlive.citations import Bibliography
from kvlive.prose import Page, expressions
from tasks import ROOT

BIB = r"""
@article{orr2024, title = {Cach{\'e}s of {KV}}, author = {Orr, A.}, year = {2024}, url = {https://example.org/orr}}
@article{li2023, title = {Two}, author = {de Jong, B. and {\L}i, C.}, year = {2023}, url = {https://example.org/li}}
@article{wu2022, title = {Three}, author = {Wu, A. and Xu, B. and Yu, C.}, year = {2022}, url = {https://example.org/wu}}
"""


@pytest.fixture
def page(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "references.bib").write_text(BIB)
    (book / "03-attention.md").write_text("# Attention\n")
    return Page(book / "01-problem.md")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{cite}`orr2024`", "([Orr, 2024](https://example.org/orr))"),
        ("{cite:t}`li2023` say", "[de Jong and Łi (2023)](https://example.org/li) say"),
        (
            "{cite}`wu2022,orr2024`",
            "([Wu et al., 2022](https://example.org/wu); [Orr, 2024](https://example.org/orr))",
        ),
        ("a {term}`KV cache`", "a [KV cache](notation.md)"),
        ("{term}`keys <key>`", "[keys](notation.md)"),
        ("{ref}`Merge <ex-3-5>`", "[Merge](03-attention.md#ex-3-5)"),
        ("{ref}`below <here>`", "[below](#here)"),
        ("{doc}`notation`", "[notation](notation.md)"),
        ("in a {repository}`clone`", "in a clone"),
        ("$x$ and {math}`y` stay", "$x$ and {math}`y` stay"),
    ],
)
def test_a_role_becomes_what_jupyterlab_knows(page, text, shown):
    assert page.shown(text) == shown


def test_a_page_in_a_folder_below_has_links_of_its_own(page):
    below = Page(page.path.parent / "api" / "model.md")
    assert below.is_in_the_book and not Page(page.path.parents[2] / "README.md").is_in_the_book
    assert below.shown("{term}`key`, {ref}`Merge <ex-3-5>`, {py:mod}`kvlab.io`, {cite:t}`orr2024`") == (
        "[key](../notation.md), [Merge](../03-attention.md#ex-3-5), [`kvlab.io`](../../code/kvlab/io.py), "
        "[Orr (2024)](https://example.org/orr)"
    )


def test_a_number_becomes_an_expression_that_python_can_evaluate(page, monkeypatch):
    shown = page.shown("It reads {glue:text}`c1_rows:,d` rows, {glue:text}`c1_name`.")
    assert "glue" not in shown
    asked = expressions(shown)
    assert [f"{{eval}}`{one}`" in shown for one in asked] == [True, True]
    monkeypatch.setattr("kvlive.number", lambda name, form: (name, form))
    assert [eval(one) for one in asked] == [("c1_rows", ",d"), ("c1_name", "")]


def test_a_citation_that_is_not_in_the_bibliography(page):
    with pytest.raises(ValueError, match="no entry nobody2020"):
        page.shown("{cite}`nobody2020`")


def test_the_bibliography_is_a_list(page):
    lines = page.shown("# Bibliography\n\n```{bibliography}\n```\n").splitlines()
    assert lines[2] == "- [de Jong and Łi (2023)](https://example.org/li): *Two*."
    assert lines[3] == "- [Orr (2024)](https://example.org/orr): *Cachés of KV*."
    assert len(lines) == 5


def test_the_books_bibliography_can_be_read():
    assert Bibliography(ROOT / "book" / "references.bib").listed().count("\n- ") > 15


def test_a_glossary_becomes_definitions(tmp_path):
    entries = "key\nvalue\n    Two rows. See {term}`head`,\n    and others.\n\nhead\n    One of several.\n"
    text = f"```{{glossary}}\n{entries}```\n"
    shown = Page(tmp_path / "notation.md").shown(text)
    assert shown == "key, value\n: Two rows. See head, and others.\n\nhead\n: One of several.\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("```{eval-rst}\n.. automodule:: kvlab.model.ops\n```", "[`kvlab.model.ops`](../code/kvlab/model/ops.py)"),
        ("{py:mod}`~kvlab.model.ops`", "[`kvlab.model.ops`](../code/kvlab/model/ops.py)"),
        ("::::{div} a\n:::{div} b\nText.\n:::\nMore.\n::::", "Text.\n\nMore."),
        ("```{raw} html\n<style>p {}</style>\n```", ""),
        (":::{container} wide\n```{nb-exec-table}\n```\n:::", "*(Only the built page can show this.)*"),
        ("```{admonition} Note\nStays.\n```", "```{admonition} Note\nStays.\n```"),
    ],
)
def test_other_directives(page, text, shown):
    assert page.shown(text).strip() == shown


START, END = "````{solution-start} ex\n:class: dropdown\n````\n", "````{solution-end}\n````\n"


def test_a_solution_that_ends_in_another_cell_is_announced(page):
    whole = f"{START}Text.\n{END}"
    assert page.shown(whole) == whole
    assert page.shown(f"Question.\n\n{START}").startswith("Question.\n\n**Solution.**")
    assert page.shown(f"{END}\nNext.") == "\n\nNext."
    both = page.shown(f"{END}Next question.\n\n{START}")
    assert "{solution" not in both and both.count("**Solution.**") == 1


KNOWN = {  # what JupyterLab's renderer shows as it should; looked at in a browser
    "admonition", "dropdown", "exercise-end", "exercise-start", "image", "solution-end", "solution-start",
    "eval", "math",
}  # fmt: skip
CELL = re.compile(r"^(`{3,})\{code-cell\}.*?^\1 *$", re.MULTILINE | re.DOTALL)
USED = re.compile(r"^[`:]{3,}\{([\w:-]+)\}|(?<!\\)\{([a-z:-]+)\}`", re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.md")), ids=lambda path: path.stem)
def test_the_books_pages_use_nothing_else(path):
    shown = CELL.sub("", Page(path).shown(path.read_text(encoding="utf-8")))
    assert {one or other for one, other in USED.findall(shown)} <= KNOWN


@pytest.mark.parametrize("path", sorted((ROOT / "book").rglob("*.md")), ids=lambda path: path.stem)
def test_every_link_that_was_made_leads_to_a_file(path):
    before, shown = path.read_text(encoding="utf-8"), Page(path).shown(path.read_text(encoding="utf-8"))
    links = re.compile(r"\]\((?!https?:)([^)#]+)")
    for target in set(links.findall(shown)) - set(links.findall(before)):
        assert (path.parent / target).is_file(), target
