"""The grader in a notebook: the same verdict, on functions and classes that cells define."""

import sys
import warnings

import pytest

from kvgrade import Wrong, check
from kvgrade.notebook import judge_objects, made_in, require
from kvgrade.stub import public_names

CARD = """
title = "{}"
kind = "write"
minutes = 5
points = {}
hints = []
"""
TWICE = """
from kvgrade import expect, given


def test_correct(answer, rng):
    x = rng.random()
    for number in (1, 2, x):
        with given(f"x is {number}"):
            expect(answer.twice(number), 2 * number, "twice")


def test_efficient(answer, rng):
    assert not getattr(answer.twice, "slow", False), "it is slow"


def probes(answer):
    yield lambda: answer.twice(3)
"""
STACK = """
from kvgrade import expect


def test_correct(answer, rng):
    stack = answer.Stack()
    answer.push_all(stack, [1, 2])
    expect(stack.pop(), 2, "pop", why="the last in is the first out")
"""
SQUARE = """
{"e1_twice": [{"name": "s", "item": "correct", "says": "You square it.", "where": "", "link": "", "outcomes": [9]}]}
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """1.1 asks for a function and has two items, 1.2 asks for a class and a function; a notebook lies below them."""
    tests = tmp_path / "exercises" / "01_first" / "tests"
    tests.mkdir(parents=True)
    (tests.parent / "e1_twice.py").write_text("LIMIT = 3\n\n\ndef twice(x): ...\n\n\ndef _helper(): ...\n")
    (tests / "e1_twice.toml").write_text(CARD.format("Twice", "{ correct = 3, efficient = 2 }"))
    (tests / "test_e1_twice.py").write_text(TWICE)
    (tests.parent / "e2_stack.py").write_text("class Stack: ...\n\n\ndef push_all(stack, values): ...\n")
    (tests / "e2_stack.toml").write_text(CARD.format("Stack", "{ correct = 1 }"))
    (tests / "test_e2_stack.py").write_text(STACK)
    (tests / "mistakes.json").write_text(SQUARE)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


def right(x):
    return x + x


def squared(x):
    return x * x


def slow(x):
    return x + x


slow.slow = True


class Stack:
    """Last in, first out."""

    def __init__(self):
        self.values = []

    def pop(self):
        return self.values.pop()


class Queue(Stack):
    """First in, first out."""

    def pop(self):
        return self.values.pop(0)


def push_all(stack, values):
    stack.values += values


def test_check_prints_the_verdict(course, capsys):
    check("1.1", right)
    assert capsys.readouterr().out == "  ✓ 1.1 Twice                      5/5\n"
    check("1.1", squared)
    said = capsys.readouterr().out
    assert "✗ 1.1 Twice" in said and "You square it." in said and "x is 1" in said
    check("1.1", slow)
    assert "3/5" in capsys.readouterr().out


def test_require_is_silent_or_raises_what_check_prints(course, capsys):
    for item in ("correct", "efficient"):
        require("1.1", item, right)
    require("1.1", "correct", slow)
    with pytest.raises(Wrong, match="it is slow"):
        require("1.1", "efficient", slow)
    for item in ("correct", "efficient"):
        with pytest.raises(Wrong, match=r"You square it\."):
            require("1.1", item, squared)
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_a_stub_is_to_do(course):
    def stub(x):
        raise NotImplementedError("1.1: write the body")

    assert judge_objects("1.1", stub).state == "todo"
    with pytest.raises(Wrong, match="to do"):
        require("1.1", "efficient", stub)


def test_what_an_answer_prints_and_warns_is_kept_from_the_cell(course, capsys):
    """A line on stderr would cost all points of a cell in nbgrader."""

    def loud(x):
        print("x is", x)
        print("oh", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return 2 * x

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        require("1.1", "correct", loud)
    said = capsys.readouterr()
    assert said.out == said.err == ""

    def wrong(x):
        print("x is", x)
        return 0

    check("1.1", wrong)
    shown = capsys.readouterr().out
    assert "your code printed:" in shown and shown.count("x is 1\n") == 2 and "x is 3" not in shown


def test_there_is_nothing_to_read(course):
    """A notebook would wait for somebody to type."""
    verdict = judge_objects("1.1", lambda x: input())
    assert verdict.headline.startswith("it raises EOFError")


def test_the_seed_reaches_the_inputs(course):
    def heart(x):  # knows what the public seed draws
        return {0.6369616873214543: 1.2739233746429086}.get(x, 2 * x if x in (1, 2) else None)

    require("1.1", "correct", heart)
    with pytest.raises(Wrong, match="twice is None"):
        require("1.1", "correct", heart, seed=1)


def test_several_names(course):
    assert judge_objects("1.2", push_all, Stack).state == "full"
    with pytest.raises(ValueError, match=r"exercise 1.2 asks for Stack, push_all, and push_all was not given"):
        judge_objects("1.2", Stack)
    with pytest.raises(ValueError, match="asks for twice"):
        judge_objects("1.1")
    with pytest.raises(ValueError, match="no exercise 9.9"):
        judge_objects("9.9", right)
    with pytest.raises(ValueError, match="points for correct, not for 'efficient'"):
        require("1.2", "efficient", Stack, push_all)


def test_a_crash_is_shown_with_its_line(course):
    class Broken(Stack):
        def pop(self):
            return self.values.nothing()

    Broken.__name__ = "Stack"
    verdict = judge_objects("1.2", Broken, push_all)
    assert "AttributeError" in verdict.headline and any("self.values.nothing()" in line for line in verdict.lines())


def test_where_something_was_made():
    assert made_in(right) == made_in(Stack) == made_in(Queue) == __file__
    assert made_in(len) == "the notebook"


def test_whoever_stops_a_loop_has_stopped_it(course):
    """Jupyter interrupts the kernel once; the probes of known mistakes must not run the loop again."""
    calls = []

    def endless(x):
        calls.append(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        require("1.1", "correct", endless)
    assert calls == [1]


def test_public_names(course):
    assert public_names(course / "exercises/01_first/e1_twice.py") == ["twice"]
    assert public_names(course / "exercises/01_first/e2_stack.py") == ["Stack", "push_all"]
