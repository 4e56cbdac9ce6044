"""A chapter is a click away from running, and an exercise can be solved: what Binder's button promises."""

import re
import time

import pytest

from binder import pages
from binder.lab import Terminal
from binder.memory import Watch
from browser.verdict import no_faults

PATIENCE_MS = 120_000
ANSWER = "    return min(n_generated, n_prompt + n_generated - 1 - position)\n"
MOST_MB = 1600  # of the 2 GB that Binder gives; the rest is for what a reader tries


def test_a_page_runs(page_name, opened, server, image, measures, photograph):
    """Opened by Binder's link, run from the menu: every cell, every number, every figure and control."""
    before = (image.home / "book" / f"{page_name}.md").read_bytes()
    started = time.monotonic()
    with Watch(server.process) as watch:
        notebook = opened(f"book/{page_name}.md")
        photograph(f"{page_name}-opened")
        notebook.run_all()
        cells = notebook.cells()
        ran = time.monotonic() - started
        faults = pages.cells_that_failed(cells) or [
            *pages.warnings(cells),
            *pages.numbers_not_filled_in(cells),
            *pages.text_that_is_raw(notebook, cells),
            *pages.steppers_that_stand_still(notebook, cells),
            *pages.controls_without_effect(notebook, cells),
        ]
    photograph(f"{page_name}-run")
    rows = measures.setdefault("Most memory of JupyterLab and the kernel", [])
    rows.append(f"{page_name:<26} {watch.peak:6.0f} MB   run in {ran:4.0f} s")
    notebook.save()
    if (image.home / "book" / f"{page_name}.md").read_bytes() != before:
        faults.append("saving the page changed its file, although nobody had changed its text")
    if watch.peak > MOST_MB:
        faults.append(f"it took {watch.peak:.0f} MB, more than {MOST_MB}")
    no_faults(page_name, faults)


FIRST_CELLS = re.compile(r"^.*?^```\{code-cell\}.*?^```$", re.DOTALL | re.MULTILINE)
BREAKS = {
    "a cell that raises": ("```{code-cell} python\n1 / 0\n```\n", "ZeroDivisionError: division by zero"),
    "a cell that warns": ("```{code-cell} python\nimport sys; print('Careful', file=sys.stderr)\n```\n", "Careful"),
    "a directive that nobody knows": ("```{nobody-knows}\nthis\n```\n", "Unknown Directive"),
    "a number that no cell computes": ("Here are {glue:text}`nobody:d`.\n", '("nobody", "d")'),
    "a role that nobody knows": ("See {numref}`nobody`.\n", "Not Found"),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_the_checks_see_what_is_broken(broken, opened, image):
    """A chapter that is broken behind its first cell is found out: else the check above would prove nothing."""
    change, sign = BREAKS[broken]
    whole = (image.home / "book" / "00-before-you-start.md").read_text(encoding="utf-8")
    (image.home / "book" / "broken.md").write_text(f"{FIRST_CELLS.match(whole)[0]}\n{change}", encoding="utf-8")
    notebook = opened("book/broken.md")
    notebook.run_all()
    cells = notebook.cells()
    found = pages.cells_that_failed(cells) + pages.warnings(cells) + pages.numbers_not_filled_in(cells)
    assert any(sign in fault for fault in found + pages.text_that_is_raw(notebook, cells)), found


def test_the_first_page_opens_by_itself(reader, server, photograph):
    reader.goto(f"{server.address}?token={server.token}")
    reader.get_by_role("heading", name="KV caching, live").wait_for()
    photograph("welcome")


def test_an_exercise_in_a_terminal(opened, reader, image, photograph):
    """What the first page says, step by step: a terminal, the command, an answer, the tick."""
    opened("binder/welcome.md")
    stub = image.home / "exercises" / "01_problem_analysis" / "e1_how_often.py"
    terminal = Terminal(reader)
    terminal.type("pytest exercises/ -k 1.1")
    terminal.wait_for("Total 0/1", PATIENCE_MS)
    text = stub.read_text(encoding="utf-8")
    stub.write_text(text[: text.index("    raise NotImplementedError")] + ANSWER, encoding="utf-8")
    terminal.type("clear; pytest exercises/ -k 1.1")
    terminal.wait_for("✓ 1.1 How often?", PATIENCE_MS)
    terminal.wait_for("Total 1/1", PATIENCE_MS)
    photograph("terminal")
