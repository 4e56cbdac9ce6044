"""Every figure with a form answers: each of its fields, changed by keyboard or by touch, changes what it shows."""

import pytest

from browser.pictures import differ, picture
from browser.reading import PHONE
from browser.verdict import no_faults

READERS = {"keyboard": {}, "touch": PHONE}
PUT_BACK = "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', { bubbles: true })) }"


def change(field, hand):
    """Set a field to another value, as a reader does."""
    if hand == "touch":
        field.tap()
    else:
        field.focus()
    if field.evaluate("one => one.tagName") == "SELECT":
        field.press("End" if field.evaluate("one => one.selectedIndex === 0") else "Home")
        field.press("Enter") if hand == "touch" else None
    else:
        field.press("Control+A")
        field.page.keyboard.type(str(2 * int(field.input_value())))


@pytest.mark.parametrize("hand", READERS)
def test_every_field_changes_the_answer(calculator, hand, reading):
    page_name, name = calculator
    page = reading(page_name, **READERS[hand])
    root = page.locator(f'.kv-calculator[id="{name}"]')
    answers, fields = root.locator("table"), root.locator("input, select")
    faults = [] if fields.count() else [f"#{name} has no field: give it one, or another class"]
    for field in fields.all():
        before, value = picture(answers), field.input_value()
        change(field, hand)
        if not differ(before, picture(answers)):
            words = field.get_attribute("name")
            faults.append(f"#{name} [name={words}]: changed by {hand}, the answer stays the same: mend calculator.js")
        field.evaluate(PUT_BACK, value)
    no_faults(page_name, faults)


def test_what_cannot_be_is_refused_in_words(calculator, reading):
    page_name, name = calculator
    root = reading(page_name).locator(f'.kv-calculator[id="{name}"]')
    entry, said = root.locator("input[type=number]").first, root.locator("[role=status]")
    before = said.inner_text()
    entry.fill("-1")
    if said.inner_text() in ("", before):
        no_faults(page_name, [f"#{name} [role=status]: -1 is taken without a word: say what is allowed"])


def test_no_figure_has_controls_that_no_check_knows(figure_page, reading):
    known = ".kv-stepper, .kv-calculator, .kv-quiz"
    found = reading(figure_page).locator(f".kv-figure:not({known}) :is(button, input, select, [tabindex])")
    no_faults(
        figure_page,
        [
            f"{tag[:120]} is a control in a kind of figure that is not checked: write a check for its kind"
            for tag in found.evaluate_all("all => all.map((one) => one.outerHTML)")
        ],
    )
