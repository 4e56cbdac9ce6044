"""JupyterLab as a reader uses it: pages that open, a menu, a terminal; and what JupyterLab knows of them."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as TookTooLong

from binder.server import Server

OPENING_MS = 60_000
RUNNING_MS = 600_000
SAVING_MS = 30_000

# Each of these is given the page's path; `expose_app_in_browser` makes `jupyterapp` known.
PANEL = """const open = [...(globalThis.jupyterapp?.shell.widgets("main") ?? [])];
  const panel = open.find((one) => one.context?.path === path);"""
READY = f"""(path) => {{ {PANEL}
  return panel?.context.isReady && panel.sessionContext.session?.kernel?.status === "idle"; }}"""
CELLS = f"""(path) => {{ {PANEL}
  return panel.content.widgets.map(({{ model }}, number) => ({{
    number, kind: model.type, source: model.sharedModel.getSource(), count: model.executionCount ?? null,
    outputs: model.outputs?.toJSON() ?? [], metadata: model.toJSON().metadata }})); }}"""
OVER = f"""(path) => {{ {PANEL}
  const cells = panel.content.widgets.filter(({{ model }}) => model.type === "code");
  const failed = cells.some(({{ model }}) => model.outputs.toJSON().some((one) => one.output_type === "error"));
  const idle = panel.sessionContext.session.kernel.status === "idle";
  return idle && (failed || cells.every(({{ model }}) => model.executionCount)); }}"""
SHOW = f"async ([path, number]) => {{ {PANEL} await panel.content.scrollToItem(number, 'center'); }}"
SAVED = f"(path) => {{ {PANEL} return !panel.context.model.dirty; }}"


@dataclass(frozen=True)
class Cell:
    """One cell of an open page, as JupyterLab has it."""

    number: int
    kind: str
    source: str
    count: int | None
    outputs: list[dict[str, Any]]
    metadata: dict[str, Any]

    @property
    def head(self) -> str:
        """Its number and its first line."""
        return f"cell {self.number} ({self.source.strip().splitlines()[0][:60] if self.source.strip() else 'empty'})"


class Notebook:
    """A page that is open as a notebook.

    Parameters
    ----------
    page : playwright.sync_api.Page
        The browser's page, in which JupyterLab opens.
    server : Server
        Where it runs.
    path : str
        The page's file, as in a Binder link: `book/01-problem-analysis.md`.
    """

    def __init__(self, page: Page, server: Server, path: str) -> None:
        self.page = page
        self.path = path
        page.goto(f"{server.address}lab/tree/{path}?token={server.token}&reset")
        wait_until(page, READY, path, OPENING_MS, f"{path} did not open as a notebook with a kernel")

    def run_all(self) -> None:
        """Choose Run All Cells in the menu, and wait until the last cell has run or one has failed."""
        choose(self.page, "Run", "Run All Cells")
        wait_until(self.page, OVER, self.path, RUNNING_MS, f"{self.path}: its cells did not come to an end")
        self.page.wait_for_timeout(1000)  # what the cells show is drawn after they have run

    def save(self) -> None:
        """Choose Save in the menu, and wait until JupyterLab says that it is saved."""
        choose(self.page, "File", "Save Markdown File")
        wait_until(self.page, SAVED, self.path, SAVING_MS, f"{self.path} was not saved")

    def cells(self) -> list[Cell]:
        """Return all cells."""
        return [Cell(**cell) for cell in self.page.evaluate(CELLS, self.path)]

    def shown(self, number: int) -> Locator:
        """Bring a cell into sight and return it."""
        self.page.evaluate(SHOW, [self.path, number])
        cell = self.page.locator(f".jp-Notebook .jp-Cell[data-windowed-list-index='{number}']")
        cell.scroll_into_view_if_needed()
        return cell


def choose(page: Page, menu: str, *items: str) -> None:
    """Go through JupyterLab's menu."""
    page.locator(".jp-MenuBar, #jp-MainMenu").get_by_text(menu, exact=True).click()
    for item in items:
        page.locator(".lm-Menu").get_by_text(item, exact=True).last.click()


def wait_until(page: Page, condition: str, argument: str, patience_ms: int, otherwise: str) -> None:
    """Wait until a condition holds; if it never does, the check has failed, and this is why."""
    if not comes_true(page, condition, argument, patience_ms):
        pytest.fail(f"{otherwise} in {patience_ms / 1000:.0f} s", pytrace=False)


def comes_true(page: Page, condition: str, argument: Any, patience_ms: int) -> bool:
    """Wait for a condition, and return whether it came true."""
    try:
        page.wait_for_function(condition, arg=argument, timeout=patience_ms)
    except TookTooLong:
        return False
    return True


class Terminal:
    """A terminal, opened from the menu."""

    LINES = """() => { const { active } = jupyterapp.shell.currentWidget.content._term.buffer;
      return Array.from({ length: active.length }, (_, line) => active.getLine(line).translateToString(true)); }"""

    def __init__(self, page: Page) -> None:
        self.page = page
        choose(page, "File", "New", "Terminal")
        page.locator(".jp-Terminal .xterm-screen").click(timeout=OPENING_MS)
        self.entry = page.locator(".jp-Terminal .xterm-helper-textarea")
        self.wait_for("", OPENING_MS)  # the prompt

    def type(self, command: str) -> None:
        """Type a command, all at once, and send it: JupyterLab may take the focus away between two keys."""
        self.entry.focus()
        self.page.keyboard.insert_text(command)
        self.entry.press("Enter")

    def lines(self) -> list[str]:
        """Return all that stands in the terminal."""
        return [line for line in self.page.evaluate(self.LINES) if line]

    def wait_for(self, text: str, patience_ms: int) -> None:
        """Wait until a line has this text; after that time, show what there is."""
        seen = f"(text) => ({self.LINES})().some((line) => line && line.includes(text))"
        if not comes_true(self.page, seen, text, patience_ms):
            found = "\n".join(self.lines()[-20:])
            pytest.fail(f"the terminal shows no `{text}` in {patience_ms / 1000:.0f} s:\n{found}", pytrace=False)
