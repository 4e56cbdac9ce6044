"""The nbgrader course: its cells as plain dicts. What nbgrader makes of them, .ci/nbgrader_proof.py proves."""

import ast
import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kvgrade import assignments
from kvgrade.cells import answer_text, chapter_cells, exercise_cells, exercise_text, without_docstring
from kvgrade.course import find_exercises
from kvgrade.stub import public_names

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions"
ALL = find_exercises(ROOT / "exercises")
REGION = re.compile(r"\s*### BEGIN (SOLUTION|HIDDEN TESTS)\n.*?### END \1", re.DOTALL)
each = pytest.mark.parametrize("exercise", ALL, ids=[f"{e.number} {e.name}" for e in ALL])


def cells_of(exercise):
    reference = exercise.answer_in(SOLUTIONS).read_text(encoding="utf-8")
    return {cell["id"]: cell for cell in exercise_cells(exercise, reference, (1, 2))}


@each
def test_without_the_reference_an_answers_cell_is_the_stub(exercise):
    cell = cells_of(exercise)[exercise.name]
    marks = cell["metadata"]["nbgrader"]
    assert marks["solution"] and not marks["grade"] and not marks["locked"]
    stub = exercise.path.read_text(encoding="utf-8")
    docstring = ast.parse(stub).body[0]
    rest = "\n".join(stub.splitlines()[docstring.end_lineno :])
    assert REGION.sub("", cell["source"]).strip() == rest.strip()


@each
def test_with_it_the_cell_defines_what_is_asked(exercise):
    names = {}
    exec(compile(cells_of(exercise)[exercise.name]["source"], "cell", "exec"), names)
    alone = {}
    reference = exercise.answer_in(SOLUTIONS).read_text(encoding="utf-8")
    exec(compile(reference, "cell", "exec"), alone)
    for name in public_names(exercise.path):
        assert names[name].__doc__ == alone[name].__doc__  # the reference's, not the stub's


@each
def test_each_item_has_a_locked_cell_with_its_points_and_hidden_tests(exercise):
    cells = cells_of(exercise)
    graded = {name: cell for name, cell in cells.items() if cell["metadata"].get("nbgrader", {}).get("grade")}
    assert list(graded) == [f"{exercise.name}-{item}" for item in exercise.points]
    for item, points in exercise.points.items():
        cell = graded[f"{exercise.name}-{item}"]
        marks, text = cell["metadata"]["nbgrader"], cell["source"]
        assert marks["points"] == points and marks["locked"] and not marks["solution"]
        arguments = ", ".join([f'"{exercise.number}"', f'"{item}"', *public_names(exercise.path)])
        assert text.count(f"require({arguments}") == 2 and "for seed in (1, 2):" in text
        shown = REGION.sub("", text)
        assert shown.count("require(") == 1 and "seed" not in shown
        ast.parse(text), ast.parse(shown)


@each
def test_the_statement_and_the_check(exercise):
    cells = cells_of(exercise)
    text = cells[f"{exercise.name}-text"]
    assert text["cell_type"] == "markdown" and text["source"].startswith(f"## {exercise.number} {exercise.title}")
    docstring = ast.get_docstring(ast.parse(exercise.path.read_text(encoding="utf-8")))
    assert docstring.partition("\n")[2].strip() in text["source"]
    assert all(hint in text["source"] for hint in exercise.hints)
    check = cells[f"{exercise.name}-check"]
    assert "nbgrader" not in check["metadata"]
    assert f'kvgrade.check("{exercise.number}", {public_names(exercise.path)[0]}' in check["source"]


def test_names_of_cells_are_what_nbgrader_and_jupyter_allow():
    for chapter in {e.chapter for e in ALL}:
        group = [e for e in ALL if e.chapter == chapter]
        names = [cell["id"] for cell in chapter_cells(group, SOLUTIONS, (1,))]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)


STUB = '''\
"""1.1 A

Text.
"""

import math


def f(x):
    """Doc."""
    raise NotImplementedError("1.1: find the mistake")
    return math.floor(x)
'''
REFERENCE = '''\
"""1.1 A"""

from __future__ import annotations

LIMIT = 3


def f(x: NotImportedHere):
    return _g(x)


def _g(x):
    return LIMIT * x
'''


def test_helpers_constants_and_planted_bugs():
    text = answer_text(STUB, REFERENCE)
    names = {}
    exec(compile(text, "cell", "exec"), names)
    assert names["f"](2) == 6
    left = REGION.sub("", text)
    assert left == "from __future__ import annotations\n\n" + without_docstring(STUB)
    assert not re.search("LIMIT|_g", left)


def test_a_module_without_docstring_stays_whole():
    assert without_docstring("\nx = 1\n") == "x = 1"
    assert without_docstring("") == ""


def test_a_statement_of_one_line(tmp_path):
    stub = tmp_path / "e1_a.py"
    stub.write_text('"""1.1 How often?"""\n')
    text = exercise_text(replace(ALL[0], path=stub))
    assert text.startswith("## 1.1 How often?\n\n*About")


def test_the_course(tmp_path, monkeypatch, capsys):
    """All but the writing of a notebook, which is Jupyter's."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(assignments, "write_notebook", written := Written())
    assert assignments.main(["--out", str(tmp_path / "course"), "--seeds", "17,42"]) == 0
    chapters = dict.fromkeys(e.path.parent.name for e in ALL)
    assert list(written) == [tmp_path / "course" / "source" / name / f"{name}.ipynb" for name in chapters]
    cells = [cell for content in written.values() for cell in content["cells"]]
    assert sum(cell["metadata"].get("nbgrader", {}).get("points", 0) for cell in cells) == sum(e.total for e in ALL)
    assert sum("for seed in (17, 42):" in cell["source"] for cell in cells) == sum(len(e.points) for e in ALL)
    assert "nbgrader generate_assignment" in capsys.readouterr().out
    config = tmp_path / "course" / "nbgrader_config.py"
    assert 'code_stub = {"python": ""}' in config.read_text()
    config.write_text("# mine\n")
    assignments.main(["--out", str(tmp_path / "course")])
    assert config.read_text() == "# mine\n", "an instructor's configuration stays"


class Written(dict):
    """Takes the place of `write_notebook`: contents by path."""

    def __call__(self, content, path):
        json.dumps(content)
        self[path] = content


def test_a_copy_without_solutions_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(assignments, "find_root", lambda: tmp_path / "exercises")
    assert assignments.main(["--out", str(tmp_path / "course")]) == 1
    assert "no solutions" in capsys.readouterr().err and not (tmp_path / "course").exists()


@pytest.mark.parametrize("name", ["kvgrade.assignments", "kvgrade.classroom", "kvgrade.notebook"])
def test_jupyter_is_not_needed_to_import(name):
    code = f"import sys; sys.modules['nbformat'] = None; import {name}"
    subprocess.run([sys.executable, "-c", code], check=True)


if importlib.util.find_spec("nbformat"):  # in the sets `book` and `assignments`; the proof has it always

    def test_a_notebook_that_is_written_is_read(tmp_path):
        import nbformat

        cells = list(chapter_cells(ALL[:1], SOLUTIONS, (1,)))
        path = tmp_path / "a" / "a.ipynb"
        assignments.write_notebook(assignments.notebook(cells), path)
        read = nbformat.read(path, as_version=4)
        assert [cell.source for cell in read.cells] == [cell["source"] for cell in cells]
        broken = assignments.notebook([{**cells[0], "cell_type": "poem"}])
        with pytest.raises(nbformat.ValidationError):
            assignments.write_notebook(broken, tmp_path / "b.ipynb")
