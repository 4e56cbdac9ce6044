"""A small course of three exercises, graded by pytest as a learner runs it."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import answer, make_course

CODE = Path(__file__).resolve().parents[1]


@pytest.fixture
def course(tmp_path):
    return make_course(tmp_path)


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


def test_an_accident_costs_that_exercise_only(course):
    answer(course, "double", "import os, builtins\nprint('flood ' * 10**6)\nbuiltins.len = None\nos._exit(0)\n")
    answer(course, "again", "def again(x) return 1\n")
    answer(course, "twice", "return x + x")
    status, said = grade(course)
    assert status == 1 and "Total 5/7   1 full, 2 wrong" in said and len(said) < 3000


def test_pytests_own_options_mean_what_they_mean(course):
    answer(course, "again", "return x + x")
    assert re.search(r"1 passed, \d deselected", grade(course, "-k", "2.1")[1])
    assert "1 to do" in grade(course, "-x")[1].splitlines()[-1]
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
    junit = (course / "junit.xml").read_text()
    assert 'tests="4"' in junit and 'failures="2"' in junit
    assert ">to do</failure>" in junit and ">it is slow</failure>" in junit


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
    assert "Next" not in said, "that is for whoever works on the answers"
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
            (course / "exercises/01_first_steps/e2_twice.py").unlink()
            time.sleep(1)
            answer(course, "double", "return x + x")
            said = process.stdout.readline()
        finally:
            process.terminate()
    assert "✓ 1.1 Double" in said
