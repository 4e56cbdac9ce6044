"""What must be true of a page after all its cells have run; each function returns the faults, a sentence each."""

from binder.lab import Cell, Notebook

# What JupyterLab shows, in words or in a tooltip, where it did not understand something.
NOT_UNDERSTOOD = """(cell) => [
  ...cell.innerText.matchAll(/[\\w-]+ *[-–] *Unknown Directive|__import__|Error displaying widget/g),
  ...[...cell.querySelectorAll("[title$='Not Found']")].map((one) => [`${one.title}: ${one.textContent}`]),
].map(([found]) => found)"""


def cells_that_failed(cells: list[Cell]) -> list[str]:
    """Cells with an error, and the first one that was not reached."""
    code = [cell for cell in cells if cell.kind == "code"]
    raised = [(cell, one) for cell in code for one in cell.outputs if one["output_type"] == "error"]
    missed = [cell for cell in code if cell.count is None and cell not in [failed for failed, _ in raised]]
    return [f"{cell.head} failed: {one['ename']}: {one['evalue']}" for cell, one in raised] + [
        f"{cell.head} did not run, the first of {len(missed)}" for cell in missed[:1]
    ]


def warnings(cells: list[Cell]) -> list[str]:
    """Cells that wrote to stderr: a reader would see it in red."""
    said = [(cell, one) for cell in cells for one in cell.outputs if one.get("name") == "stderr"]
    return [f"{cell.head} warned: {''.join(one['text']).strip()[:300]}" for cell, one in said]


def numbers_not_filled_in(cells: list[Cell]) -> list[str]:
    """Numbers in the text for which the page still shows that they are to come, or an error."""
    faults = []
    for cell in cells:
        for one in cell.metadata.get("user_expressions", []):
            told = one["result"].get("data", {}).get("text/plain", "an error").strip("'")
            if told in ("…", "an error"):
                faults.append(f"{cell.head} shows {told} for {one['expression']}")
    return faults


def text_that_is_raw(notebook: Notebook, cells: list[Cell]) -> list[str]:
    """Text in which a role or directive was not understood."""
    faults = []
    for cell in (cell for cell in cells if cell.kind == "markdown"):
        found = notebook.shown(cell.number).evaluate(NOT_UNDERSTOOD)
        faults += [f"{cell.head} shows {one}" for one in found]
    return faults
