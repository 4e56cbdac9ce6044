"""Nothing is wider than the window, on a desk or on two phones; only code and wide tables scroll in themselves."""

import pytest

from browser.scripts import AT_REST, OPEN_ALL, script
from browser.verdict import no_faults

MAY_SCROLL = "pre, .highlight, .kv-scroll:has(table), .output.text_html:has(table), .bd-sidebar"


def overflow_faults(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate(AT_REST)  # sidebars slide out of a narrow window
    return [f"at {width} pixels, {fault}" for fault in page.evaluate(script("measures"), MAY_SCROLL)]


def test_nothing_is_too_wide(page_name, reading):
    page, faults = reading(page_name), []
    page.evaluate(OPEN_ALL)
    for width in (1280, 390, 320):
        faults += overflow_faults(page, width)
    no_faults(page_name, faults)


WIDE = "<div style='width:900px'>a wide thing</div>"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (WIDE, "beyond the right edge"),
        (f"<div style='overflow-x:auto'>{WIDE}</div>", "scrolls sideways"),
        (f"<div style='overflow:hidden'>{WIDE}</div>", "cuts off"),
        ("<div style='overflow-y:hidden;height:9px'>a<br>b</div>", "below"),
        ("<p style='margin-left:-50px'>text</p>", "left of the window"),
        (f"<pre style='overflow-x:auto'>{WIDE}</pre>", None),
        ("<p>text</p>", None),
    ],
)
def test_what_is_too_wide_is_noticed(body, fault, blank):
    page = blank(width=390)
    page.set_content(f"<!DOCTYPE html><body>{body}")
    found = page.evaluate(script("measures"), MAY_SCROLL)
    assert any(fault in one for one in found) if fault else found == []
