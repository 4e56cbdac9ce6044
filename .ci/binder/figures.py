"""What a reader may click or type in a figure must answer; each function returns the faults, a sentence each."""

import re
from collections.abc import Callable, Iterator

from playwright.sync_api import Locator

from binder.lab import Cell, Notebook, comes_true
from browser.pictures import differ, picture

COMPUTING_MS = 60_000
FIGURE = r"\bkv-(stepper|quiz|calculator)\b|vnd\.jupyter\.widget-view"  # in what a cell puts out
ASLEEP = "figure => figure.matches('[class*=kv-]:not(.kv-live)')"


def faults_of_figures(notebook: Notebook, cells: list[Cell]) -> list[str]:
    """Use every figure, question and control of a page."""
    faults = []
    for selector, try_out in KINDS.items():
        for cell, figure in figures(notebook, cells, selector):
            found = ["its script did not start"] if figure.evaluate(ASLEEP) else try_out(figure)
            faults += [f"{cell.head}: {fault}" for fault in found]
    return faults


def figures(notebook: Notebook, cells: list[Cell], selector: str) -> Iterator[tuple[Cell, Locator]]:
    """Bring each figure of a kind into sight, one after the other."""
    for cell in cells:
        if any(re.search(FIGURE, str(one.get("data", ""))) for one in cell.outputs):
            for figure in notebook.shown(cell.number).locator(f".jp-OutputArea {selector}").all():
                figure.scroll_into_view_if_needed()
                yield cell, figure


def stepper(figure: Locator) -> Iterator[str]:
    """A picture that neither an arrow key nor a click changes."""
    slider, stage, following = (figure.locator(f".kv-{part}") for part in ("slider", "stage", "next"))
    ways = {"an arrow key": lambda: slider.press("ArrowRight"), "a click on Next": following.click}
    for way, go_on in ways.items():
        slider.press("Home")
        before = picture(stage)
        go_on()
        if slider.input_value() != "2" or not differ(before, picture(stage)):
            yield f"{way} does not change the figure"


def question(quiz: Locator) -> Iterator[str]:
    """A question that takes a wrong answer for right, or a right one for wrong, or says nothing."""
    for right, give in {"no": by_hand, "yes": by_keys}.items():
        answer = answers(quiz)[right]
        give(quiz, answer)
        feedback = quiz.locator(".kv-feedback")
        if feedback.get_attribute("data-right") != right or not feedback.inner_text().strip():
            kind = {"no": "wrong", "yes": "right"}[right]
            yield f"the question does not say that {answer} is {kind}: `{feedback.inner_text()}`"


def answers(quiz: Locator) -> dict[str, str]:
    """Return a right and a wrong answer: a button's value, or a number."""
    if is_choice(quiz):
        rights = quiz.locator(".kv-solution li").evaluate_all("items => items.map((one) => one.dataset.right)")
        return {right: str(rights.index(right)) for right in ("yes", "no")}
    right = float(quiz.locator("input").get_attribute("data-answer") or "nan")
    return {"yes": f"{right:.12g}", "no": f"{3 * right + 7:.12g}"}


def by_hand(quiz: Locator, answer: str) -> None:
    """Answer with the mouse."""
    if is_choice(quiz):
        quiz.locator(f'.kv-answer:has(input[value="{answer}"])').click()
    else:
        quiz.locator("input").fill(answer)
    quiz.locator(".kv-check").click()


def by_keys(quiz: Locator, answer: str) -> None:
    """Answer with keys alone: JupyterLab, which has keys of its own, must leave them to the question."""
    press = quiz.page.keyboard.press
    quiz.locator("input").first.focus()
    if not is_choice(quiz):
        press("Control+A")
        quiz.page.keyboard.type(answer)
    for _ in range(quiz.locator("input[type=radio]").count()):
        if not quiz.locator(f'input[value="{answer}"]').is_checked():
            press("ArrowDown")
    press("Enter")


def is_choice(quiz: Locator) -> bool:
    return quiz.get_attribute("data-kind") == "choice"


def calculator(form: Locator) -> Iterator[str]:
    """A form whose first number may change without a change of what it shows."""
    entry, shown = form.locator("input[type=number]").first, form.locator("table")
    before = shown.inner_text()
    entry.fill(str(2 * int(entry.input_value())))
    if shown.inner_text() == before:
        yield "another number in the calculator changes nothing"


def control(widgets: Locator) -> Iterator[str]:
    """A control whose button brings no result, or an error."""
    before = widgets.inner_text()
    widgets.get_by_role("button", name="Run Interact").click()
    changed = "([control, before]) => control.innerText !== before"
    if not comes_true(widgets.page, changed, [widgets.element_handle(), before], COMPUTING_MS):
        yield "the control's button does nothing"
    if "Traceback" in widgets.inner_text():
        yield f"the control's button brings an error: {widgets.inner_text()[-300:]}"


KINDS: dict[str, Callable[[Locator], Iterator[str]]] = {
    ".kv-stepper": stepper,
    ".kv-quiz": question,
    ".kv-calculator": calculator,
    ".widget-interact": control,
}
