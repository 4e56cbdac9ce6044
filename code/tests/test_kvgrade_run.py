"""A small course of three exercises, graded by pytest as a learner runs it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kvgrade.exercise import find_exercises
from kvgrade.grade import job_for, verdict_of
from kvgrade.table import block
from kvgrade.workers import Workers

CODE = Path(__file__).resolve().parents[1]
CARD = """
title = "{}"
kind = "write"
minutes = 5
points = {}
hints = ["the first", "the second", "the third"]
seconds = 6
"""
TEST = """
from kvgrade import expect, given

def test_correct(answer, rng):
    for x in (1, 2, 3):
        with given(f"x is {{x}}"):
            expect(answer.{0}(x), 2 * x, "{0}")

def test_efficient(answer, rng):
    assert not getattr(answer.{0}, "slow", False), "it is slow"

def probes(answer):
    yield lambda: answer.{0}(1)
    yield lambda: answer.{0}(3)
"""
STUB = '"""{}"""\n\n\ndef {}(x):\n    raise NotImplementedError("to do")\n'
SQUARE = {
    "name": "square", "item": "correct", "says": "You square it.", "where": "somewhere #1", "link": "https://example.org/1",
    "outcomes": [1, 9],
}  # fmt: skip
COURSE = {"01_first_steps": ["double", "twice"], "02_more": ["again"]}


@pytest.fixture
def course(tmp_path):
    """``exercises/`` with 1.1 (1 point), 1.2 (3 + 2 points) and 2.1 (1 point)."""
    for folder, names in COURSE.items():
        tests = tmp_path / "exercises" / folder / "tests"
        tests.mkdir(parents=True)
        for i, name in enumerate(names, 1):
            points = "{ correct = 3, efficient = 2 }" if name == "twice" else "{ correct = 1 }"
            (tests.parent / f"e{i}_{name}.py").write_text(STUB.format(name, name))
            (tests / f"e{i}_{name}.toml").write_text(CARD.format(name.capitalize(), points))
            (tests / f"test_e{i}_{name}.py").write_text(TEST.format(name))
    known = {"e1_double": [SQUARE]}
    (tmp_path / "exercises/01_first_steps/tests/mistakes.json").write_text(json.dumps(known))
    (tmp_path / "exercises/pytest.ini").write_text("[pytest]\naddopts = -q --no-header -p no:benchmark\n")
    return tmp_path


def answer(course, name, body):
    path = next((course / "exercises").glob(f"*/e?_{name}.py"))
    path.write_text(body if "\n" in body else f"def {name}(x): {body}\n")


def grade(course, *options, **env):
    """Run pytest as a learner does; return its exit status and what it printed."""
    env = {**os.environ, "PYTHONPATH": str(CODE), "COLUMNS": "80", "PY_COLORS": "0", "PYTHONUTF8": "1", **env}
    command = [sys.executable, "-m", "pytest", "exercises/", *options]
    made = subprocess.run(command, cwd=course, env=env, capture_output=True, text=True, encoding="utf-8", timeout=100)
    return made.returncode, made.stdout + made.stderr


def test_nothing_solved(course):
    status, said = grade(course)
    assert status == 1 and "Traceback" not in said
    assert "Total 0/7   3 to do" in said
    assert "Next  1.1  exercises/01_first_steps/e1_double.py:5\n      pytest exercises/ -k 1.1" in said


def test_from_nothing_to_everything(course):
    answer(course, "double", "return x + x")
    status, said = grade(course)
    assert status == 1 and "Total 1/7   1 full, 2 to do" in said and "✓ 1.1 Double" in said
    answer(course, "twice", "def twice(x): return x + x\ntwice.slow = True\n")
    status, said = grade(course)
    assert status == 1 and "Total 4/7" in said
    assert re.search(r"~ 1.2 Twice +3/5  right, but not efficient\n +it is slow\n", said)
    answer(course, "twice", "return x + x")
    answer(course, "again", "return x + x")
    status, said = grade(course)
    assert status == 0 and "Total 7/7   3 full" in said and "Next" not in said


def test_a_wrong_answer_shows_the_smallest_case(course):
    answer(course, "twice", "return x ** 2")
    _, said = grade(course, "-k", "1.2")
    assert re.search(r"✗ 1.2 Twice +0/5  twice is wrong\n +x is 1\n +twice: expected 2, yours 1\n", said)


def test_a_known_mistake_is_named_and_linked(course):
    answer(course, "double", "return x * x")
    _, said = grade(course)
    assert re.search(r"✗ 1.1 Double +0/1  You square it.\n      double is wrong\n      x is 1\n", said)
    assert "happened in somewhere #1 https://example.org/1" in said
    answer(course, "double", "return x + 5")  # another mistake is not that one
    _, said = grade(course)
    assert "square" not in said


def test_an_assertion_of_the_test_is_a_sentence_below_its_case(course, workers):
    path = course / "exercises/01_first_steps/tests/test_e1_double.py"
    path.write_text(path.read_text().replace("expect(answer.double(x), 2 * x", "assert answer.double(x) > 1, (x"))
    answer(course, "double", "return 1")
    assert re.search(r"0/1  \(1, 'double'\)\n +x is 1\n", judged(workers, course, "double"))


@pytest.mark.parametrize("text", ["{", "{}", '{"e1_double": [{"name": "of another version"}]}'])
def test_mistakes_that_cannot_be_read_do_not_matter(course, workers, text):
    (course / "exercises/01_first_steps/tests/mistakes.json").write_text(text)
    answer(course, "double", "return x * x")
    assert "double is wrong" in judged(workers, course, "double")


ACCIDENTS = {
    "def double(x) return 1\n": ["does not parse", "line 1", "expected ':'"],
    "import no_such_module\n": ["stops while it is loaded", "No module named 'no_such_module'"],
    "import sys\nsys.exit(0)\n": ["stops while it is loaded: SystemExit", "line 2: sys.exit(0)"],
    "def double(x):\n    raise SystemExit(0)\n": ["raises SystemExit", "line 2"],
    "import ctypes\ndef double(x):\n    ctypes.string_at(0)\n": ["ended the process", "exit code"],
    "import os\ndef double(x):\n    os._exit(0)\n": ["raises SystemExit", "line 3"],
    "def double(x):\n    while True:\n        x += 1\n": ["stopped after 6 s", "line 3: x += 1"],
    "import os\nprint('flood ' * 10**6)\nos.system('echo out; echo err >&2')\ndef double(x): return None\n": [
        "None",
        "flood flood",
    ],
    "import builtins\nbuiltins.len = builtins.print = None\ndef double(x): return 2 * x + 1\n": ["1.1"],
    "import numpy as np\ndef double(x): return np.ones(10**11)\n": ["MemoryError"],
    "def double(x):\n    return input('number? ')\n": ["EOFError", "line 2"],
    "def triple(x):\n    return 3 * x\n": ["double is not there", "e1_double.py must define it"],
    "def double(x):\n    assert x > 9, 'mine'\n": ["raises AssertionError: mine", "line 2"],
}


@pytest.fixture(scope="module")
def workers():
    with Workers(2) as pool:
        yield pool


def judged(workers, course, name):
    """The block that a learner sees, without a run of pytest around it."""
    root = course / "exercises"
    exercise = next(exercise for exercise in find_exercises(root) if name in exercise.name)
    job = job_for(exercise, root, shown_as=f"exercises/{exercise.path.name}")
    return "\n".join(block(verdict_of(exercise, workers.result(workers.start(job)))))


@pytest.mark.parametrize("body", ACCIDENTS, ids=[words[0] for words in ACCIDENTS.values()])
def test_an_accident_becomes_a_sentence(course, workers, body):
    answer(course, "double", body)
    said = judged(workers, course, "double")
    assert said.startswith("  ✗ 1.1 Double") and "Traceback" not in said and len(said) < 1000
    assert all(word in " ".join(said.split()) for word in ACCIDENTS[body]), said
    answer(course, "twice", "return x + x")
    assert judged(workers, course, "twice").startswith("  ✓ 1.2 Twice ")


def test_an_accident_costs_that_exercise_only(course):
    answer(course, "double", "import os, builtins\nprint('flood ' * 10**6)\nbuiltins.len = None\nos._exit(0)\n")
    answer(course, "again", "def again(x) return 1\n")
    answer(course, "twice", "return x + x")
    status, said = grade(course)
    assert status == 1 and "Total 5/7   1 full, 2 wrong" in said and len(said) < 3000


def test_pytests_own_options_mean_what_they_mean(course):
    answer(course, "again", "return x + x")
    assert re.search(r"1 passed, \d deselected", grade(course, "-k", "2.1")[1])
    assert "1 tests to do" in grade(course, "-x")[1].splitlines()[-1]
    status, said = grade(course, "--lf")
    assert status == 1 and "again" not in said.lower().replace("again}", "")
    assert "test_e2_twice.py::efficient" in grade(course, "--collect-only")[1]


def test_xdist_gives_the_same_table(course):
    answer(course, "double", "return x * x")
    answer(course, "again", "return x + x")
    alone, shared = grade(course)[1], grade(course, "-n", "2")[1]
    start = "1 First steps"
    assert alone[alone.index(start) :].splitlines()[:-1] == shared[shared.index(start) :].splitlines()[:-1]


def test_junit_and_json_agree_with_the_table(course):
    answer(course, "double", "return x + x")
    answer(course, "twice", "def twice(x): return x + x\ntwice.slow = True\n")
    status, said = grade(course, "--grade-json", "score.json", "--junitxml", "junit.xml")
    assert status == 1 and "Total 4/7" in said
    score = json.loads((course / "score.json").read_text())
    assert (score["points"], score["of"], score["seed"]) == (4, 7, 0)
    assert [(e["number"], e["state"], e["points"]) for e in score["exercises"]] == [
        ("1.1", "full", 1), ("1.2", "partial", 3), ("2.1", "todo", 0),
    ]  # fmt: skip
    assert 'tests="4"' in (course / "junit.xml").read_text() and 'failures="2"' in (course / "junit.xml").read_text()


def test_hints_come_one_at_a_time(course):
    told = [grade(course, "--hint", "1.2")[1] for _ in range(4)]
    assert [("the first" in t, "the third" in t) for t in told] == [(1, 0), (0, 0), (0, 1), (1, 1)]
    assert "hint 2 of 3" in told[1]
    status, said = grade(course, "--hint", "9.9")
    assert status != 0 and "there is no exercise 9.9" in said


def test_other_answers_can_be_graded(course):
    submitted = course / "submitted" / "01_first_steps"
    submitted.mkdir(parents=True)
    (submitted / "e1_double.py").write_text("def double(x): return x + x\n")
    status, said = grade(course, "--answers", "submitted")
    assert status == 1 and "Total 1/7   1 full, 2 to do" in said
    assert "no solutions" in grade(course, "--solutions")[1]


def test_without_unicode_there_are_plain_signs(course):
    answer(course, "double", "return '✓'")
    status, said = grade(course, PYTHONUTF8="0", PYTHONIOENCODING="ascii", LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert status == 1 and said.isascii() and "x 1.1 Double" in said and "Total 0/7" in said


def test_colour_only_where_it_is_wanted(course):
    answer(course, "double", "return x + x")
    assert "\x1b[" not in grade(course)[1]
    assert "\x1b[32m✓" in grade(course, "--color=yes")[1]


def test_eighty_columns(course):
    answer(course, "double", "return 'a long answer ' * 50")
    assert max(map(len, grade(course)[1].splitlines())) <= 80


def test_the_tree_is_left_as_it_was(course):
    before = {path for path in course.rglob("*") if ".pytest_cache" not in path.parts}
    grade(course)
    after = {path for path in course.rglob("*") if ".pytest_cache" not in path.parts}
    assert before == after


def test_watching_judges_what_is_saved(course):
    env = {**os.environ, "PYTHONPATH": str(CODE), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "pytest", "exercises/", "--watch"]
    with subprocess.Popen(command, cwd=course, env=env, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert "Watching exercises" in process.stdout.readline()
            time.sleep(3)  # until it watches
            answer(course, "double", "return x + x")
            said = process.stdout.readline()
        finally:
            process.terminate()
    assert "✓ 1.1 Double" in said


def test_a_process_can_also_be_spawned(course):
    """As on Windows, where nothing can fork."""
    answer(course, "double", "def double(x):\n    while True:\n        x += 1\n")
    with Workers(1, method="spawn") as workers:
        said = judged(workers, course, "double")
    assert "it was at line 3" in said or "it was at line 4" in said
