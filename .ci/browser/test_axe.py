"""Axe finds no serious or critical violation on any page, light and dark, on a desk and on a phone."""

import pytest

from browser import built
from browser.known import Complaint, Known, stale, unknown
from browser.prepare import checkers
from browser.scripts import AT_REST, OPEN_ALL, script
from browser.verdict import no_faults

THEIRS = (
    Known(
        "label-content-name-mismatch",
        "search-button-field",
        "the theme's button says Search Ctrl+K and is named Search: the keys are a hint, and Search calls it",
    ),
    Known(
        "label-content-name-mismatch",
        "theme-switch-button",
        "the theme names it Color mode; what axe reads in it is hidden text of icons",
    ),
)

DEBOUNCE_MS = 400  # the theme looks for what scrolls when the window has kept its size for 300


def look(page, width):
    """Yield what axe finds in an open page, light and dark: (look, rule, impact, element, words)."""
    page.add_script_tag(path=checkers() / "axe-core" / "axe.min.js")
    page.wait_for_timeout(DEBOUNCE_MS)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AT_REST)
        for found in page.evaluate(script("run_axe"), scheme == "dark"):
            yield f"({width} pixels, {scheme})", *found


@pytest.fixture(scope="module")
def seen():
    """Complaints so far, by page: the last check needs all."""
    return {}


@pytest.fixture
def complaints(seen, opened):
    """A function that runs axe on a page, or remembers what it said."""

    def run(name):
        if name not in seen:
            seen[name] = []
            for width in (1280, 390):
                page = opened(name, width=width)
                page.evaluate(OPEN_ALL)
                for where, rule, impact, html, words in look(page, width):
                    if impact in ("serious", "critical"):
                        seen[name].append(Complaint(name, rule, html, f"{where} {words}"))
        return seen[name]

    return run


def test_axe_finds_nothing_grave(page_name, complaints):
    no_faults(page_name, unknown(complaints(page_name), THEIRS))


def test_every_entry_of_the_table_still_occurs(complaints, pages_folder):
    no_faults("THEIRS", stale([one for name in built.pages(pages_folder) for one in complaints(name)], THEIRS))


BROKEN = """<!DOCTYPE html><html lang="en"><title>t</title><main><h1>t</h1>
<img src="data:,"><p style="color: #999; background: #aaa">pale</p><input><button></button></main>"""


def test_axe_notices_what_is_wrong(context):
    page = context().new_page()
    page.set_content(BROKEN)
    found = [(where, rule) for where, rule, *_ in look(page, 1280)]
    light = {rule for where, rule in found if "light" in where}
    assert {"image-alt", "color-contrast", "label", "button-name"} <= light
    assert [rule for where, rule in found if "dark" in where] == ["color-contrast"]


def test_a_table_covers_its_own_and_nothing_else():
    known = Known("a-rule", "some-class", "a reason", pages="here")
    complaint = Complaint("here.html", "a-rule", '<b class="some-class">', "words")
    assert unknown([complaint], [known]) == [] == stale([complaint], [known])
    for other in (complaint._replace(page="x.html"), complaint._replace(rule="x"), complaint._replace(element="<b>")):
        assert len(unknown([other], [known])) == 1
        assert "take the entry out" in stale([other], [known])[0]
