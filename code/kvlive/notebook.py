"""A whole page as a notebook: made ready when it is opened, taken back when it is saved.

Each cell that was changed remembers what it was, so that saving writes the book's text again. A cell that a reader
has edited since is saved as it now is.
"""

from __future__ import annotations

from typing import Any

from kvlive.directives import opens_solution
from kvlive.prose import WAITING, Page, expressions

Notebook = dict[str, Any]
Cell = dict[str, Any]

NOTE = """\
```{note} This page runs
Choose **Run → Run All Cells** in the menu, or go down the page with Shift + Enter. Where the text shows …, a number
comes when the cells have run. The code of figures, quizzes, checks and solutions is folded: a click on its bar opens
it.

For the exercises, open a terminal (**File → New → Terminal**) and type `pytest exercises/`. More is on
[the first page](../binder/welcome.md).
```"""
_FOLDED = {"hide-input", "remove-input", "hide-cell", "remove-cell"}  # tags whose code the book does not show
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_MEMORY = "kvlive"


def make_ready(notebook: Notebook, page: Page) -> None:
    """Turn a page as it was read into what JupyterLab is to show."""
    as_read = dict(notebook["metadata"])
    notebook["metadata"] |= {_MEMORY: {"metadata": as_read}}
    notebook["metadata"].setdefault("kernelspec", _KERNEL)  # else JupyterLab would ask for one
    if page.is_in_the_book:
        _make_cells_ready(notebook["cells"], page)


def take_back(notebook: Notebook) -> Notebook:
    """Return a notebook as it is to be saved; the one that was given stays as it is."""
    metadata = notebook["metadata"].get(_MEMORY, {}).get("metadata", notebook["metadata"])
    cells = [_original(cell) for cell in notebook["cells"] if not cell["metadata"].get(_MEMORY, {}).get("note")]
    return {**notebook, "metadata": metadata, "cells": cells}


def same_text(one: Notebook, other: Notebook) -> bool:
    """Whether two notebooks have the same cells, whatever they put out."""
    return _text(one) == _text(other)


def _make_cells_ready(cells: list[Cell], page: Page) -> None:
    in_solution = False
    for cell in cells:
        if cell["cell_type"] == "markdown":
            in_solution = opens_solution(cell["source"], in_solution)
            _write_out(cell, page)
        elif in_solution or cell["cell_type"] == "raw" or _FOLDED & set(cell["metadata"].get("tags", [])):
            cell["metadata"] |= {"jupyter": {"source_hidden": True}, _MEMORY: {"folded": True}}
    if any(cell["cell_type"] == "code" for cell in cells):
        metadata = {_MEMORY: {"note": True}}
        cells.insert(0, {"cell_type": "markdown", "id": "note", "metadata": metadata, "source": NOTE})


def _write_out(cell: Cell, page: Page) -> None:
    shown = page.shown(cell["source"])
    if shown == cell["source"]:
        return
    asked = expressions(shown)
    cell["metadata"][_MEMORY] = {"source": cell["source"], "shown": shown, "expressions": asked}
    cell["source"] = shown
    # What the kernel says to each expression lies here; until it is asked, this is what the reader sees.
    waiting = {"status": "ok", "data": {"text/plain": WAITING}, "metadata": {}}
    cell["metadata"]["user_expressions"] = [{"expression": one, "result": waiting} for one in asked]


def _original(cell: Cell) -> Cell:
    metadata = dict(cell["metadata"])
    memory = metadata.pop(_MEMORY, {})
    if memory.get("folded"):
        metadata.pop("jupyter", None)
    if cell["cell_type"] == "markdown":
        metadata.pop("user_expressions", None)
    source = memory["source"] if memory.get("shown") == cell["source"] else cell["source"]
    return {**cell, "metadata": metadata, "source": source}


def _text(notebook: Notebook) -> list[tuple[Any, ...]]:
    return [(cell["cell_type"], cell["source"], cell["metadata"].get("tags", [])) for cell in notebook["cells"]]
