"""On paper: no navigation, nothing wider than the sheet, nothing left folded, dark on white for every reader."""

import pytest

from browser.scripts import script
from browser.verdict import no_faults

SHEET = {"width": 718, "height": 1047}  # A4 less margins of 10 mm, at 96 dots an inch
NAVIGATION = (
    ".bd-header, .bd-header-article, .bd-sidebar-primary, .bd-sidebar-secondary, .prev-next-area, #pst-back-to-top, "
    "#pst-skip-link, .copybtn, .headerlink, .kv-controls, .kv-check"
)
NOWHERE = ":not(*)"  # on paper nothing may scroll


def print_faults(page):
    """Lay an open page out for print, as its reader in the dark would see it, and return what is wrong with it."""
    page.set_viewport_size(SHEET)
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    faults = page.evaluate(script("paper"), NAVIGATION) + page.evaluate(script("measures"), NOWHERE)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    return faults


def test_a_page_on_paper(page_name, reading):
    faults = print_faults(reading(page_name))
    no_faults(page_name, [f"on paper, {fault}" for fault in faults])


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<nav class='prev-next-area'>next</nav>", "is navigation"),
        ("<details><summary>Hint</summary><p>text</p></details>", "stays folded"),
        ("<p style='color:#ddd'>text</p>", "is pale"),
        ("<div style='background:#222'><p>text</p></div>", "dark ground"),
        ("<pre style='overflow-x:auto'>" + 200 * "x" + "</pre>", "scrolls sideways"),
        ("<details open><summary>Hint</summary><p>text</p></details>", None),
    ],
)
def test_what_paper_must_not_have_is_noticed(body, fault, blank):
    page = blank()
    page.set_content(f"<!DOCTYPE html><body><article>{body}</article>")
    found = print_faults(page)
    assert any(fault in one for one in found) if fault else found == []
