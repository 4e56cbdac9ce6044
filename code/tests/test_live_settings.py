"""Numbers in a notebook's text, and what JupyterLab is told."""

import json
import subprocess
import sys
import types

import numpy as np
import pytest

from kvlab.figures.numbers import glue_all
from kvlive import number
from kvlive.settings import write_settings


@pytest.fixture
def notebook(monkeypatch):
    """An interpreter of a notebook, as far as these modules know one."""
    shell = types.SimpleNamespace(user_ns={})
    python = types.ModuleType("IPython")
    python.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", python)
    monkeypatch.setitem(sys.modules, "myst_nb", None)  # importing it fails: the book's tools are not there
    return shell


def test_a_number_is_to_come_until_a_cell_computes_it(notebook):
    assert number("c1_rows", ",d") == "…"
    glue_all(c1_rows=np.int64(12345), c1_name="K")
    assert number("c1_rows", ",d") == "12,345"
    assert number("c1_name") == "K" and number("c1_other", ".1f") == "…"
    glue_all(c1_rows=7)
    assert number("c1_rows", ",d") == "7" and notebook.user_ns["numbers_of_the_page"] == {"c1_rows": 7, "c1_name": "K"}


def test_without_a_notebook_nothing_is_kept(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    monkeypatch.setitem(sys.modules, "myst_nb", None)
    glue_all(c1_rows=3)


def test_markdown_opens_as_a_notebook(tmp_path):
    written = write_settings(tmp_path)
    assert all(path.is_relative_to(tmp_path) and path.is_file() for path in written)
    overrides = json.loads((tmp_path / "share/jupyter/lab/settings/overrides.json").read_text())
    assert overrides["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]["markdown"] == "Jupytext Notebook"
    server = json.loads((tmp_path / "etc/jupyter/jupyter_server_config.json").read_text())
    assert server["ServerApp"]["contents_manager_class"] == "kvlive.contents.BookContents"


def test_the_extension_is_where_jupyterlab_looks(tmp_path):
    write_settings(tmp_path)
    folder = tmp_path / "share/jupyter/labextensions/kvlive"
    build = json.loads((folder / "package.json").read_text())["jupyterlab"]["_build"]
    assert "_JUPYTERLAB.kvlive" in (folder / build["load"]).read_text(encoding="utf-8")


def test_writing_again_changes_nothing(tmp_path):
    before = {path: path.read_bytes() for path in write_settings(tmp_path)}
    assert {path: path.read_bytes() for path in write_settings(tmp_path)} == before


def test_the_package_starts_without_jupyter():
    """The exercises' environment has no JupyterLab, and no bibliography either."""
    code = "import sys; sys.modules.update(dict.fromkeys(['jupytext', 'pybtex', 'IPython'])); import kvlive.notebook"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
