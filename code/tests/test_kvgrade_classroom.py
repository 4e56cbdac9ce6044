"""Many submissions become one table, and nothing of a submission counts but its answers."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kvgrade.classroom import LONGEST, read_answer
from kvgrade.course import find_exercises

CODE = Path(__file__).resolve().parents[1]
CARD = 'title = "{0}"\nkind = "write"\nminutes = 5\npoints = {{ correct = 2 }}\nhints = []\nseconds = 2\n'
TEST = """
from kvgrade import expect

def test_correct(answer, rng):
    x = rng.random()
    expect(answer.{0}(x), 2 * x)
"""
RIGHT, WRONG, LOOP = "return x + x", "return x * x", "\n    while True: pass"
NAMES = ("double", "twice")


def text(name, body):
    return f"def {name}(x): {body}\n"


@pytest.fixture
def course(tmp_path):
    """A course with 1.1 and 1.2, two points each."""
    tests = tmp_path / "course" / "exercises" / "01_first" / "tests"
    tests.mkdir(parents=True)
    for i, name in enumerate(NAMES, 1):
        (tests.parent / f"e{i}_{name}.py").write_text(text(name, "raise NotImplementedError"))
        (tests / f"e{i}_{name}.toml").write_text(CARD.format(name))
        (tests / f"test_e{i}_{name}.py").write_text(TEST.format(name))
    return tmp_path / "course"


def submit(tmp_path, learner, *bodies, inner="exercises"):
    folder = tmp_path / "submissions" / learner / inner / "01_first"
    folder.mkdir(parents=True)
    for i, (name, body) in enumerate(zip(NAMES, bodies, strict=False), 1):
        (folder / f"e{i}_{name}.py").write_text(text(name, body))
    return folder


def grade(course, tmp_path, *options):
    """Run the command as an instructor does; return its exit status, the table's rows and what it said."""
    out = tmp_path / "scores.csv"
    command = [sys.executable, "-m", "kvgrade", "grade", str(tmp_path / "submissions"), "--out", str(out), *options]
    env = {**os.environ, "PYTHONPATH": str(CODE)}
    done = subprocess.run(command, cwd=course, env=env, capture_output=True, text=True, timeout=100)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines())) if out.exists() else []
    return done.returncode, rows, done.stderr


def test_a_line_a_learner(course, tmp_path):
    submit(tmp_path, "ada", RIGHT, RIGHT)
    submit(tmp_path, "bob", RIGHT, LOOP)
    submit(tmp_path, "cy, jr", WRONG, "raise SystemExit", inner=".")
    submit(tmp_path, "dee", RIGHT)
    submit(tmp_path, "eve", "import os; os._exit(0)", RIGHT)
    (tmp_path / "submissions" / ".DS_Store").mkdir()
    status, rows, said = grade(course, tmp_path)
    assert status == 0, said
    table = {row.pop("learner"): list(row.values()) for row in rows}
    assert table == {
        "ada": ["4", "4", "2", "2", ""],
        "bob": ["2", "4", "2", "0", ""],
        "cy, jr": ["0", "4", "0", "0", ""],
        "dee": ["2", "4", "2", "0", "1.2"],
        "eve": ["2", "4", "0", "2", ""],
    }
    assert re.search(r"^ada: 4/4$", said, re.MULTILINE)


def test_tests_and_scores_of_a_submission_do_not_count(course, tmp_path):
    folder = submit(tmp_path, "mallory", WRONG, WRONG)
    (folder / "tests").mkdir()
    for i, name in enumerate(NAMES, 1):
        (folder / "tests" / f"test_e{i}_{name}.py").write_text("def test_correct(answer, rng):\n    pass\n")
        (folder / "tests" / f"e{i}_{name}.toml").write_text(CARD.format(name))
    (folder.parent / "conftest.py").write_text("raise RuntimeError('this was run')\n")
    (folder.parent.parent / "scores.json").write_text('{"points": 4, "of": 4}\n')
    status, rows, said = grade(course, tmp_path)
    assert status == 0 and rows[0]["points"] == "0" and "this was run" not in said


def test_the_seed_reaches_the_inputs(course, tmp_path):
    """An answer that knows the public seed's input by heart passes with that seed alone."""
    heart = "return {0.6369616873214543: 1.2739233746429086}.get(x)"
    submit(tmp_path, "ada", heart, heart)
    assert [grade(course, tmp_path, "--seed", seed)[1][0]["points"] for seed in ("0", "1")] == ["4", "0"]


def test_links_out_of_a_submission_are_not_followed(course, tmp_path):
    solved = tmp_path / "solutions" / "01_first"
    solved.mkdir(parents=True)
    (solved / "e1_double.py").write_text(text("double", RIGHT))
    folder = submit(tmp_path, "mallory")
    (folder / "e1_double.py").symlink_to(solved / "e1_double.py")
    exercise = find_exercises(course / "exercises")[0]
    learner = tmp_path / "submissions" / "mallory"
    assert read_answer(learner, exercise) is None
    folder.rename(folder.with_name("gone"))
    folder.symlink_to(solved)
    assert read_answer(learner, exercise) is None


def test_links_in_a_circle_are_no_answer(course, tmp_path):
    folder = submit(tmp_path, "ada")
    (folder / "e1_double.py").symlink_to(folder / "e1_double.py")
    assert read_answer(tmp_path / "submissions" / "ada", find_exercises(course / "exercises")[0]) is None


def test_a_huge_file_is_not_read(course, tmp_path):
    folder = submit(tmp_path, "ada", RIGHT)
    exercise, learner = find_exercises(course / "exercises")[0], tmp_path / "submissions" / "ada"
    assert read_answer(learner, exercise) == text("double", RIGHT)
    (folder / "e1_double.py").write_text(text("double", RIGHT) + "#" * LONGEST)
    assert read_answer(learner, exercise) is None


def test_no_submissions(course, tmp_path):
    (tmp_path / "submissions").mkdir()
    status, rows, said = grade(course, tmp_path)
    assert status == 1 and not rows and said.count("\n") == 1 and "no folder in" in said
