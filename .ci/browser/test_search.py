"""The search finds what a reader looks for, over HTTP and from a file, and puts the right page first."""

import pytest

from browser.verdict import no_faults
from browser.watching import Watch

RIGHT_PAGE = {
    "problem analysis": "book/01-problem-analysis.html",
    "preallocate": "book/02-cache-design.html",
    "cached attention": "book/03-cached-attention.html",
    "window mask": "book/03-cached-attention.html",
    "stop strings": "book/04-generation.html",
    "performance analysis": "book/05-performance-analysis.html",
    "calculator": "book/06-production-context.html",
    "time to first token": "book/notation.html",
    "exercises": "book/exercises.html",
    "nbgrader": "book/instructors.html",
    "KVCache": "book/api/cache.html",
}
HITS = "#search-results ul.search > li"
ADDRESSES = "links => links.map((link) => link.href.replace(/[?][^#]*/, ''))"  # the words searched for stand behind ?


@pytest.mark.parametrize("way", ["http", "file"])
def test_the_right_page_comes_first(way, context, home, pages_folder):
    start = home if way == "http" else pages_folder.as_uri() + "/"
    page, faults = context().new_page(), []
    watch = Watch(page, start)
    for term, wanted in RIGHT_PAGE.items():
        found = [address.partition("#")[0] for address in hits(page, start, term)]
        if found[:1] != [start + wanted]:
            faults.append(f"`{term}` finds {found[:1] or 'nothing'} first, not {wanted}: use the word in its headings")
        faults += [f"after a search for `{term}`, {fault}" for fault in watch.faults]
        watch.faults.clear()
    no_faults(f"search.html, by {way}", faults)


def test_nothing_is_listed_twice(context, home):
    page, faults = context().new_page(), []
    for term in RIGHT_PAGE:
        found = hits(page, home, term)
        faults += [f"`{term}` finds {one} twice: see screen/search.js" for one in set(found) if found.count(one) > 1]
    no_faults("search.html", faults)


def test_a_word_that_is_nowhere_finds_nothing(context, home):
    assert hits(context().new_page(), home, "zyxwvut") == []


def hits(page, start, term):
    """Search by typing into the page's field, and return the addresses of what is found, best first."""
    page.goto(f"{start}search.html")
    page.wait_for_load_state("networkidle")  # its icon too
    page.locator("#main-content form.bd-search input").fill(term)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=*")
    page.wait_for_function("/found|did not match/.test(document.querySelector('#search-results')?.innerText)")
    page.wait_for_load_state("networkidle")  # the excerpts of what was found are fetched; leaving would break them off
    return page.locator(f"{HITS} > a").evaluate_all(ADDRESSES)
