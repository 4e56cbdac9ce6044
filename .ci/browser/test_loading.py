"""Every page loads whole, over HTTP and from a file, says nothing on the console and asks no other host.

Also not after every figure and quiz has been used, every dropdown opened and every button pressed.
"""

import pytest

from browser.verdict import no_faults
from browser.visits import visit
from browser.watching import Watch


def test_over_http(page_name, first_visit):
    no_faults(page_name, first_visit(page_name).faults)


def test_from_a_file(page_name, context, pages_folder):
    home = pages_folder.as_uri()
    no_faults(page_name, visit(context(), f"{home}/{page_name}", home, pages_folder).faults)


def test_the_page_for_missing_pages(context, home, pages_folder):
    no_faults("404.html", visit(context(), home + "404.html", home, pages_folder).faults)


def test_an_address_without_a_page_is_the_front_page(context, home):
    """Not a blank page that leads there: the same words, at once."""
    page = context().new_page()
    watch = Watch(page, home)
    page.goto(home)
    words = page.locator("article").inner_text()
    assert page.url == home
    page.goto(home + "book/index.html")
    assert page.locator("article").inner_text() == words
    no_faults("index.html", watch.faults)


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ("<script>console.error('no cache')</script>", "error on the console: no cache"),
        ("<script>console.warn('slow')</script>", "warning on the console: slow"),
        ("<script>nothing.at.all()</script>", "a script failed: nothing is not defined"),
        ("<script src='gone.js'></script>", "gone.js did not load (status 404)"),
        ("<img src='https://example.org/a.png' alt=''>", "it asks another host, https://example.org/a.png"),
        ("<button onclick='nothing()'>b</button>", "a script failed: nothing is not defined"),
        ("<button>b</button>", None),
    ],
)
def test_what_is_wrong_is_noticed(lines, fault, context, served_page):
    page, home, folder = served_page(f"{lines}<button>b</button>")
    found = visit(context(), page, home, folder).faults
    assert any(fault in one for one in found) if fault else found == []
