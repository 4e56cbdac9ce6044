"""Axe finds no serious or critical violation on any page, light and dark, on a desk and on a phone."""

from browser.prepare import AXE, checkers
from browser.scripts import OPEN_ALL, put_into, script
from browser.verdict import no_faults

GRAVE = ("serious", "critical")
DEBOUNCE_MS = 400  # the theme looks for what scrolls when the window has kept its size for 300


def grave_faults(page):
    """Unfold an open page and run axe on it at two widths, light and dark."""
    page.add_script_tag(path=checkers() / AXE)
    page.evaluate(OPEN_ALL)
    faults = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(DEBOUNCE_MS)
        faults += [fault for scheme in ("light", "dark") for fault in faults_in(page, width, scheme)]
    return faults


def faults_in(page, width, scheme):
    """Run axe on a page as it stands, in these colours."""
    put_into(page, scheme)
    return [
        f"{rule} at {html[:160]}: ({width} pixels, {scheme}) {words}"
        for rule, impact, html, words in page.evaluate(script("run_axe"), scheme == "dark")
        if impact in GRAVE
    ]


def test_axe_finds_nothing_grave(page_name, reading):
    no_faults(page_name, grave_faults(reading(page_name)))


BROKEN = """<!DOCTYPE html><html lang="en"><title>t</title><main><h1>t</h1>
<img src="data:,"><p style="color: #999; background: #aaa">pale</p><input><button></button></main>"""


def test_axe_notices_what_is_wrong(blank):
    page = blank()
    page.set_content(BROKEN)
    found = grave_faults(page)
    light = {fault.split()[0] for fault in found if "(1280 pixels, light)" in fault}
    assert {"image-alt", "color-contrast", "label", "button-name"} <= light
    assert [fault.split()[0] for fault in found if "(390 pixels, dark)" in fault] == ["color-contrast"]
