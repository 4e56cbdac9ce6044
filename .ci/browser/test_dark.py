"""The dark theme is dark: pages, figures, code and tables have dark grounds and pale text, by style and by sight."""

import pytest
from PIL import Image

from browser.pictures import decoded, pieces
from browser.scripts import OPEN_ALL, put_into, script
from browser.verdict import no_faults

LIMITS = {"ground": 0.1, "ink": 0.2}  # luminance; the figures' grey, the darkest text, has 0.26
DARKEST_HALF = 64  # of 255: half of all pixels must be below it
REGIONS = ".kv-stage, .kv-chart, .kv-calculator, .kv-quiz, .bd-article pre, .bd-article table, .bd-article img"
BOXES = """(all) => all.filter((one) => one.checkVisibility()).map((one) => {
  const box = one.getBoundingClientRect();
  return [[one.tagName.toLowerCase(), ...one.classList].slice(0, 3).join("."), one.closest("[id]")?.id,
    [box.left, box.top + scrollY, box.right, box.bottom + scrollY].map(Math.round)];
})"""


def dark_faults(page):
    """Look at an open page in the dark."""
    page.evaluate(OPEN_ALL)
    put_into(page, "dark")
    return page.evaluate(script("dark"), LIMITS) + faults_by_sight(page)


def faults_by_sight(page):
    """Take pictures of a page, and say which region of them is pale for its most part."""
    faults, boxes = [], page.locator(REGIONS).evaluate_all(BOXES)
    for top, data in pieces(page):
        picture = decoded(data)
        faults += pale("the page", picture)
        for name, place, (left, upper, right, lower) in boxes:
            if right - left > 9 and lower - upper > 9 and top <= upper and lower <= top + picture.height:
                faults += pale(f"#{place} {name}", picture.crop((left, upper - top, right, lower - top)))
    return faults


def pale(name, picture: Image.Image):
    """Return a fault if the middle one of all pixels is no dark one."""
    counts = picture.convert("L").histogram()
    below = sum(counts[:DARKEST_HALF])
    return [] if 2 * below > sum(counts) else [f"{name} looks pale in the dark theme: give it a dark ground there"]


def test_a_dark_page_is_dark(page_name, reading):
    no_faults(page_name, [f"in the dark, {fault}" for fault in dark_faults(reading(page_name))])


DARK = "<meta name='theme-color' media='(prefers-color-scheme: dark)' content='#121212'>"


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<pre style='background:#eee'>x</pre>", "pre has a ground of luminance 0.85"),
        ("<table><tr><td style='background:#aaa'>x</table>", "td has a ground"),
        ("<p style='color:#444'>x</p>", "p has text of luminance 0.06"),
        ("<div style='background:rgb(255 255 255 / .6)'>x</div>", "div has a ground"),
        (
            "<div class='kv-figure'><svg width='90' height='90'><rect width='90' height='90' fill='#fff'/></svg>",
            "rect has",
        ),
        (
            "<div class='bd-article'><table style='background-image:linear-gradient(#fff,#fff)'><tr><td>words</table>",
            "pale",
        ),
        ("<style>body { background: #222 }</style>", "meta[name=theme-color]"),
        ("<p style='color:#ccc'>x</p><pre style='background:#222'>x</pre>", None),
    ],
)
def test_what_is_pale_is_noticed(body, fault, blank):
    page = blank()
    page.set_content(f"<!DOCTYPE html>{DARK}<style>body {{ background: #121212; color: #ddd }}</style><body>{body}")
    found = dark_faults(page)
    assert any(fault in one for one in found) if fault else found == []
