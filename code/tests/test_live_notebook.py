"""A page that is opened in JupyterLab and saved again is the page that it was."""

import copy
import json

import pytest

from kvlive.notebook import make_ready, same_text, take_back
from kvlive.prose import Page

BEFORE = "See {glue:text}`rows:d`.\n\n```{literalinclude} ops.py\n```"
NOTEBOOK = {
    "metadata": {"kernelspec": {"name": "python3"}},
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": BEFORE},
        {"cell_type": "markdown", "metadata": {}, "source": "Plain words."},
        {"cell_type": "code", "metadata": {"tags": ["remove-input"]}, "source": "quiz()", "outputs": []},
        {"cell_type": "code", "metadata": {}, "source": "rows = 3", "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": "````{solution-start} ex\n````"},
        {"cell_type": "code", "metadata": {}, "source": "answer = 4", "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": "````{solution-end}\n````\n\nOn."},
        {"cell_type": "code", "metadata": {}, "source": "after = 5", "outputs": []},
    ],
}


@pytest.fixture
def page(tmp_path):
    (tmp_path / "ops.py").write_text("x = 1\n")
    (tmp_path / "references.bib").write_text("")
    return Page(tmp_path / "01.md")


@pytest.fixture
def ready(page):
    notebook = copy.deepcopy(NOTEBOOK)
    make_ready(notebook, page)
    return notebook


def test_what_is_taken_back_is_what_was_read(ready):
    assert take_back(json.loads(json.dumps(ready))) == NOTEBOOK  # over the network, as JupyterLab has it


def test_a_note_says_how_to_run_the_page(ready, page):
    assert "Run All Cells" in ready["cells"][0]["source"]
    text_only = {"metadata": {}, "cells": copy.deepcopy(NOTEBOOK["cells"][:2])}
    make_ready(text_only, page)
    assert len(text_only["cells"]) == 2


def test_outside_the_book_only_a_kernel_is_named(tmp_path):
    """Else JupyterLab would ask for one, for the README too."""
    text = {"metadata": {}, "cells": [{"cell_type": "markdown", "metadata": {}, "source": "{cite}`nobody`"}]}
    ready = copy.deepcopy(text)
    make_ready(ready, Page(tmp_path / "README.md"))
    assert ready["metadata"]["kernelspec"]["name"] == "python3" and ready["cells"] == text["cells"]
    ready["metadata"]["language_info"] = {"name": "python"}  # what JupyterLab adds
    assert take_back(ready) == text


def test_text_is_written_out_and_numbers_are_to_come(ready):
    cell = ready["cells"][1]
    assert "x = 1" in cell["source"] and "{literalinclude}" not in cell["source"]
    (told,) = cell["metadata"]["user_expressions"]
    assert told["expression"] in cell["source"]
    assert told["result"] == {"status": "ok", "data": {"text/plain": "…"}, "metadata": {}}
    assert ready["cells"][2]["metadata"] == {}


def test_code_that_the_book_does_not_show_is_folded(ready):
    folded = [cell["source"] for cell in ready["cells"] if cell["metadata"].get("jupyter") == {"source_hidden": True}]
    assert folded == ["quiz()", "answer = 4"]


def test_what_a_reader_writes_is_saved(ready):
    ready["cells"][1]["source"] += "\n\nMy note."
    ready["cells"][4]["source"] = "rows = 30"
    ready["cells"].append({"cell_type": "code", "metadata": {}, "source": "mine = 1", "outputs": []})
    saved = take_back(ready)
    assert saved["cells"][0]["source"].endswith("My note.") and "x = 1" in saved["cells"][0]["source"]
    assert [cell["source"] for cell in saved["cells"][1:4]] == ["Plain words.", "quiz()", "rows = 30"]
    assert saved["cells"][-1]["source"] == "mine = 1"
    assert not any("kvlive" in cell["metadata"] or "user_expressions" in cell["metadata"] for cell in saved["cells"])


def test_outputs_are_no_change_of_the_text(ready):
    ready["cells"][4]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3"}]
    ready["cells"][1]["metadata"]["user_expressions"][0]["result"]["data"]["text/plain"] = "'3'"
    assert same_text(take_back(ready), NOTEBOOK)
    ready["cells"][4]["source"] = "rows = 30"
    assert not same_text(take_back(ready), NOTEBOOK)
