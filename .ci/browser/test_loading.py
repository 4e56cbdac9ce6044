"""Every page loads whole, over HTTP and from a file, says nothing on the console and asks no other host.

Also not after every figure and quiz has been used, every dropdown opened and every button pressed.
"""

from browser.scripts import script
from browser.verdict import no_faults
from browser.watching import Watch


def use(page, address, home):
    """Open a page, use all that it has, and return its faults."""
    watch = Watch(page, home)
    page.goto(address)
    used = page.evaluate(script("use_everything"))
    if not used.get("button"):
        watch.faults.append("no button was found to press, so its scripts have not run: mend the page or this check")
    return watch.faults


def test_over_http(page_name, context, home):
    no_faults(page_name, use(context().new_page(), home + page_name, home))


def test_from_a_file(page_name, context, pages_folder):
    faults = use(context().new_page(), (pages_folder / page_name).as_uri(), pages_folder.as_uri())
    no_faults(page_name, faults)


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
