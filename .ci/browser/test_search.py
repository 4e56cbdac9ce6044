"""The search finds what a reader looks for, over HTTP and from a file, and puts the right page first."""

import pytest

from browser.verdict import no_faults

RIGHT_PAGE = {
    "problem analysis": "book/01-problem-analysis.html",
    "preallocate": "book/02-cache-design.html",
    "window mask": "book/03-cached-attention.html",
    "stop strings": "book/04-generation.html",
    "performance analysis": "book/05-performance-analysis.html",
    "calculator": "book/06-production-context.html",
    "time to first token": "book/notation.html",
    "exercises": "book/exercises.html",
    "nbgrader": "book/instructors.html",
    "KVCache": "book/api/cache.html",
}


@pytest.mark.parametrize("way", ["http", "file"])
def test_ten_terms(way, context, home, pages_folder):
    start = home if way == "http" else pages_folder.as_uri() + "/"
    page, faults = context().new_page(), []
    for term, wanted in RIGHT_PAGE.items():
        found = first_hit(page, start, term)
        if found.partition("#")[0] != start + wanted:
            faults.append(f"`{term}` finds {found or 'nothing'} first, not {wanted}: use the word in its headings")
    no_faults(f"search.html, by {way}", faults)


def test_a_word_that_is_nowhere_finds_nothing(context, home):
    assert first_hit(context().new_page(), home, "zyxwvut") == ""


def first_hit(page, start, term):
    """Search, and return the address of the first result, or nothing."""
    page.goto(f"{start}search.html?q={term.replace(' ', '+')}")
    page.locator("#search-results :is(ul.search > li, p.search-summary:not(:empty))").first.wait_for()
    page.wait_for_function("document.querySelector('ul.search > li, #search-results h2')?.innerText.length > 0")
    done = "/found|did not match/.test(document.querySelector('#search-results').innerText)"
    page.wait_for_function(done)
    hits = page.locator("#search-results ul.search > li > a")
    return hits.first.evaluate("link => link.href").split("?")[0] if hits.count() else ""
