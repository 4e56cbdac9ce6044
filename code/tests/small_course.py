"""A course of three small exercises, for tests of the grader."""

import json

from kvgrade.course import find_exercises
from kvgrade.grade import job_for, verdict_of
from kvgrade.table import block

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


def make_course(folder):
    """Write ``exercises/`` with 1.1 (1 point), 1.2 (3 + 2 points) and 2.1 (1 point)."""
    for chapter, names in COURSE.items():
        tests = folder / "exercises" / chapter / "tests"
        tests.mkdir(parents=True)
        for i, name in enumerate(names, 1):
            points = "{ correct = 3, efficient = 2 }" if name == "twice" else "{ correct = 1 }"
            (tests.parent / f"e{i}_{name}.py").write_text(STUB.format(name, name))
            (tests / f"e{i}_{name}.toml").write_text(CARD.format(name.capitalize(), points))
            (tests / f"test_e{i}_{name}.py").write_text(TEST.format(name))
    known = {"e1_double": [SQUARE]}
    (folder / "exercises/01_first_steps/tests/mistakes.json").write_text(json.dumps(known))
    (folder / "exercises/pytest.ini").write_text("[pytest]\naddopts = -q --no-header -p no:benchmark\n")
    return folder


def answer(course, name, body):
    """Write an answer: a whole file, or what stands behind ``def name(x):``."""
    path = next((course / "exercises").glob(f"*/e?_{name}.py"))
    path.write_text(body if "\n" in body else f"def {name}(x): {body}\n")


def verdict(workers, course, name):
    """The verdict on one answer, without a run of pytest around it."""
    root = course / "exercises"
    exercise = next(exercise for exercise in find_exercises(root) if name in exercise.name)
    job = job_for(exercise, root, shown_as=f"exercises/{exercise.path.name}")
    return verdict_of(exercise, workers.result(workers.start(job)))


def judged(workers, course, name):
    """The block that a learner sees of it."""
    return "\n".join(block(verdict(workers, course, name)))
