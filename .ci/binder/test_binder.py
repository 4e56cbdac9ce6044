"""A chapter is a click away from running, and an exercise can be solved: what Binder's button promises."""

import re
import time

from binder import pages
from binder.figures import faults_of_figures
from binder.lab import OPENING_MS, Terminal, wait_until
from binder.memory import Watch
from browser.verdict import no_faults

PATIENCE_MS = 120_000
ANSWER = "    return min(n_generated, n_prompt + n_generated - 1 - position)\n"
MOST_MB = 1600  # of the 2 GB that Binder gives; the rest is for what a reader tries


def test_the_first_page_opens_by_itself(reader, server, photograph):
    reader.goto(f"{server.address}?token={server.token}")
    headed = "title => [...document.querySelectorAll('h1')].some((one) => one.innerText.includes(title))"
    page = "the first page, binder/welcome.md,"
    wait_until(reader, headed, "KV caching, live", OPENING_MS, f"{page} did not open by itself")
    photograph("welcome")


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
        faults = pages.cells_that_failed(cells) or faults_of_run_page(notebook, cells)
    photograph(f"{page_name}-run")
    rows = measures.setdefault("Most memory of JupyterLab and the kernel", [])
    rows.append(f"{page_name:<26} {watch.peak:6.0f} MB   run in {ran:4.0f} s")
    notebook.save()
    if (image.home / "book" / f"{page_name}.md").read_bytes() != before:
        faults.append("saving the page changed its file, although nobody had changed its text")
    if watch.peak > MOST_MB:
        faults.append(f"it took {watch.peak:.0f} MB, more than {MOST_MB}")
    no_faults(page_name, faults)


def faults_of_run_page(notebook, cells):
    return [
        *pages.warnings(cells),
        *pages.numbers_not_filled_in(cells),
        *pages.text_that_is_raw(notebook, cells),
        *faults_of_figures(notebook, cells),
    ]


FIRST_CELLS = re.compile(r"^.*?^```\{code-cell\}.*?^```$", re.DOTALL | re.MULTILINE)
BREAKS = {  # what is wrong, and what a check says of it
    "```{code-cell} python\nimport sys; print('Careful', file=sys.stderr)\n```": "warned: Careful",
    "```{nobody-knows}\nthis\n```": "Unknown Directive",
    "Here are {glue:text}`nobody:d`.": '("nobody", "d")',
    "See {numref}`nobody`.": "Not Found",
    "```{code-cell} python\nfrom IPython.display import HTML\nfrom kvlab.figures import quiz\n"
    "HTML(quiz.number('Two?', 2, name='two').html.replace('kvlab.wake();', ''))\n```": "its script did not start",
    "```{code-cell} python\n1 / 0\n```": "ZeroDivisionError: division by zero",  # the last: no cell runs after it
}


def test_the_checks_see_what_is_broken(opened, image):
    """A chapter that is broken behind its first cell is found out: else the check above would prove nothing."""
    whole = (image.home / "book" / "00-before-you-start.md").read_text(encoding="utf-8")
    broken = "\n\n".join([FIRST_CELLS.match(whole)[0], *BREAKS, ""])
    (image.home / "book" / "broken.md").write_text(broken, encoding="utf-8")
    notebook = opened("book/broken.md")
    notebook.run_all()
    cells = notebook.cells()
    found = pages.cells_that_failed(cells) + faults_of_run_page(notebook, cells)
    for sign in BREAKS.values():
        assert any(sign in fault for fault in found), f"nobody noticed {sign}: {found}"


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
