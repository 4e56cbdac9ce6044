"""What must be true of a page after all its cells have run; each function returns the faults, a sentence each."""

import re

from playwright.sync_api import TimeoutError as TookTooLong

from binder.lab import Cell, Notebook
from browser.pictures import changed_pixels, picture

# What JupyterLab shows, in words or in a tooltip, where it did not understand something.
NOT_UNDERSTOOD = """(cell) => [
  ...cell.innerText.matchAll(/[\\w-]+ *[-–] *Unknown Directive|__import__|Error displaying widget/g),
  ...[...cell.querySelectorAll("[title$='Not Found']")].map((one) => [`${one.title}: ${one.textContent}`]),
].map(([found]) => found)"""
STEPPER, SLIDER, STAGE = ".kv-stepper", ".kv-slider", ".kv-stage"


def cells_that_failed(cells: list[Cell]) -> list[str]:
    """Cells with an error, and cells that were not reached."""
    faults = []
    for cell in (cell for cell in cells if cell.kind == "code"):
        errors = [one for one in cell.outputs if one["output_type"] == "error"]
        faults += [f"{head(cell)} failed: {one['ename']}: {one['evalue']}" for one in errors]
        if not errors and cell.count is None:
            faults.append(f"{head(cell)} did not run")
    return faults


def warnings(cells: list[Cell]) -> list[str]:
    """Cells that wrote to stderr: a reader would see it in red."""
    said = [(cell, one) for cell in cells for one in cell.outputs if one.get("name") == "stderr"]
    return [f"{head(cell)} warned: {''.join(one['text']).strip()[:300]}" for cell, one in said]


def numbers_not_filled_in(cells: list[Cell]) -> list[str]:
    """Numbers in the text for which the page still shows that they are to come, or an error."""
    faults = []
    for cell in cells:
        for one in cell.metadata.get("user_expressions", []):
            told = one["result"].get("data", {}).get("text/plain", "an error").strip("'")
            if told in ("…", "an error"):
                faults.append(f"{head(cell)} shows {told} for {one['expression']}")
    return faults


def text_that_is_raw(notebook: Notebook, cells: list[Cell]) -> list[str]:
    """Text in which a role or directive was not understood."""
    faults = []
    for cell in (cell for cell in cells if cell.kind == "markdown"):
        found = notebook.shown(cell.number).evaluate(NOT_UNDERSTOOD)
        faults += [f"{head(cell)} shows {one}" for one in found]
    return faults


def steppers_that_stand_still(notebook: Notebook, cells: list[Cell]) -> list[str]:
    """Figures whose picture an arrow key does not change."""
    faults = []
    for cell in having(cells, r'class="[^"]*\bkv-stepper\b'):
        figure = notebook.shown(cell.number).locator(STEPPER).first
        slider, stage = figure.locator(SLIDER), figure.locator(STAGE)
        slider.focus()
        slider.press("Home")
        before = picture(stage)
        slider.press("ArrowRight")
        if slider.input_value() != "2" or not changed_pixels(before, picture(stage)):
            faults.append(f"{head(cell)}: an arrow key does not change the figure")
    return faults


def controls_without_effect(notebook: Notebook, cells: list[Cell]) -> list[str]:
    """Controls whose button brings no result, or an error."""
    faults = []
    for cell in having(cells, r"vnd\.jupyter\.widget-view"):
        output = notebook.shown(cell.number).locator(".jp-OutputArea").first
        before = output.inner_text()
        output.get_by_role("button", name="Run Interact").click()
        try:
            notebook.page.wait_for_function(
                "([cell, before]) => cell.innerText !== before", arg=[output.element_handle(), before], timeout=60_000
            )
        except TookTooLong:
            faults.append(f"{head(cell)}: its button does nothing")
            continue
        if "Traceback" in output.inner_text():
            faults.append(f"{head(cell)}: its button brings an error: {output.inner_text()[-300:]}")
    return faults


def having(cells: list[Cell], mark: str) -> list[Cell]:
    """Cells whose output has a mark in its formats or its HTML."""
    return [cell for cell in cells if any(re.search(mark, str(one.get("data", ""))) for one in cell.outputs)]


def head(cell: Cell) -> str:
    """Name a cell by its number and its first line."""
    return f"cell {cell.number} ({cell.source.strip().splitlines()[0][:60] if cell.source.strip() else 'empty'})"
