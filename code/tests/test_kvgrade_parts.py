"""The grader's parts by themselves: verdicts, the table, hints, messages between processes, values in words."""

import math
import re
import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from small_course import SQUARE, answer, make_course

from kvgrade import Wrong, expect, given, refuses
from kvgrade.course import find, find_exercises, select
from kvgrade.exercise import read_exercise
from kvgrade.grade import job_for, job_of, verdict_of
from kvgrade.hints import hint_lines
from kvgrade.job import Outcome
from kvgrade.judge import judge
from kvgrade.message import pack, unpack
from kvgrade.mistakes import Mistake, recognise
from kvgrade.reach import out_of_reach
from kvgrade.show import printable, said, show
from kvgrade.stub import first_line, statement
from kvgrade.table import ASCII, block, chapter_line, marks_for, next_line, table, total, wrap
from kvgrade.verdict import Item, Verdict

PASSED, TODO = Item("passed"), Item("todo", "line 5")
WRONG = Item("wrong", "double is wrong", ["x is 1", "expected 2"])


@pytest.fixture(scope="module")
def exercises(tmp_path_factory):
    """1.1 has 1 point, 1.2 has 3 + 2, 2.1 has 1."""
    return find_exercises(make_course(tmp_path_factory.mktemp("course")) / "exercises")


# ---- verdicts


@pytest.mark.parametrize(
    ("items", "state", "points"),
    [
        ((PASSED, PASSED), "full", 5), ((PASSED, WRONG), "partial", 3), ((PASSED, TODO), "partial", 3),
        ((WRONG, WRONG), "wrong", 0), ((TODO, TODO), "todo", 0), ((TODO, WRONG), "wrong", 0), ((PASSED,), "partial", 3),
    ],
)  # fmt: skip
def test_state_and_points(exercises, items, state, points):
    verdict = Verdict(exercises[1], dict(zip(("correct", "efficient"), items, strict=False)))
    assert (verdict.state, verdict.points) == (state, points)
    assert verdict.as_dict()["state"] == state and verdict.as_dict()["of"] == 5


def test_a_known_mistake_stands_above_what_it_did(exercises):
    verdict = Verdict(exercises[0], {"correct": WRONG}, says="You square it.", where="vLLM #1", link="https://a.b/1")
    assert verdict.headline == "You square it."
    assert verdict.lines() == ["double is wrong", "x is 1", "expected 2", "happened in vLLM #1 https://a.b/1"]
    assert Verdict(exercises[0], {"correct": WRONG}).headline == "double is wrong"
    assert Verdict(exercises[0], {"correct": PASSED}).lines() == []


def test_what_was_printed_is_cut(exercises):
    verdict = Verdict(exercises[0], {"correct": WRONG}, printed="\n".join(f"{i} " + "x" * 100 for i in range(20)))
    printed = verdict.lines()[verdict.lines().index("your code printed:") + 1 :]
    assert len(printed) == 6 and all(len(line) == 72 for line in printed)


def test_a_verdict_holds_what_every_terminal_can_show(exercises):
    bad = Item("wrong", "a\x1b[2Jb" + "x" * 999, ["\ud800", "tab\there"])
    verdict = verdict_of(exercises[0], Outcome({"correct": bad}, None, "\rbell\a"))
    assert verdict.headline.startswith("a\\x1b[2Jbxxx") and len(verdict.headline) < 420
    assert verdict.items["correct"].lines == ["\\ud800", "tab     here"] and verdict.printed == "\\rbell\\x07"
    assert printable("two\nlines – ✓") == "two\nlines – ✓"


# ---- the table


def test_a_chapter_has_a_bar(exercises):
    of_two = [
        Verdict(exercises[0], {"correct": PASSED}),
        Verdict(exercises[1], {"correct": PASSED, "efficient": WRONG}),
    ]
    assert chapter_line(of_two, marks_for("utf-8"), lambda text, **_: text).endswith(" ██████████······   4/6")
    assert "#" in chapter_line(of_two, ASCII, lambda text, **_: text)
    assert marks_for("ascii") is marks_for(None) is marks_for("no-such") is ASCII


def test_a_chapter_without_news_is_one_line(exercises):
    done = [Verdict(e, dict.fromkeys(e.points, PASSED)) for e in exercises]
    assert len(list(table(done))) == 2
    assert len(list(table([done[0], Verdict(exercises[1], dict.fromkeys(exercises[1].points, TODO)), done[2]]))) == 4
    assert len(list(table([Verdict(exercises[2], {"correct": WRONG})]))) == 5


def test_a_short_headline_stands_in_the_line(exercises):
    lines = list(block(Verdict(exercises[0], {"correct": WRONG})))
    assert lines[0] == "  ✗ 1.1 Double                     0/1  double is wrong"
    assert lines[-1] == "      hint: pytest exercises/ --hint 1.1"
    long = Verdict(exercises[0], {"correct": replace(WRONG, headline="double is wrong " * 5)})
    assert next(block(long)) == "  ✗ 1.1 Double                     0/1"
    assert list(block(Verdict(exercises[0], {"correct": TODO}))) == [
        "  · 1.1 Double                     0/1  to do: line 5"
    ]
    assert all(line.isascii() for line in block(Verdict(exercises[0], {"correct": WRONG}, says="größer"), ASCII))


def test_links_stay_whole_and_nothing_else_is_wide():
    link = "https://example.org/" + "x" * 90
    assert f"        {link}" in wrap(f"happened in somewhere {link}")
    assert max(map(len, wrap("y" * 200))) == 80 and wrap("y")[0] == "      y"


def test_what_is_next(exercises, tmp_path):
    todo, wrong = Verdict(exercises[0], {"correct": TODO}), Verdict(exercises[2], {"correct": WRONG})
    root = exercises[0].path.parents[2]
    assert next_line([todo, wrong], root).startswith("Next  2.1  exercises/02_more/e1_again.py:4\n")
    assert next_line([todo], root) == (
        "Next  1.1  exercises/01_first_steps/e1_double.py:5\n      pytest exercises/ -k 1.1"
    )
    assert next_line([Verdict(exercises[0], {"correct": PASSED})], root) is None
    assert total([todo, wrong]) == "Total 0/2   1 wrong, 1 to do"


# ---- exercises, stubs, hints


def test_hints_one_by_one_and_then_all(exercises):
    assert [hint_lines(exercises[0], seen)[1:] for seen in range(3)] == [["the first"], ["the second"], ["the third"]]
    again = hint_lines(exercises[0], 3)
    assert again[1:] == ["1. the first", "2. the second", "3. the third"] and "last hint" in again[0]
    assert "hint 3 of 3" in hint_lines(exercises[0], 2)[0]


def test_exercises_by_number_and_chapter(exercises):
    assert [e.number for e in exercises] == ["1.1", "1.2", "2.1"]
    assert [e.number for e in select(exercises, ["2", "1.2"])] == ["1.2", "2.1"] and select(exercises, []) == exercises
    assert find("1.2", exercises) is exercises[1]
    for call in (lambda: find("3.1", exercises), lambda: select(exercises, ["3.1"])):
        with pytest.raises(ValueError, match=r"there is no exercise .*3\.1"):
            call()


def test_a_card_that_no_exercise_can_have(tmp_path):
    course = make_course(tmp_path)
    test = course / "exercises/02_more/tests/test_e1_again.py"
    card = test.with_name("e1_again.toml")
    card.write_text(card.read_text().replace('"write"', '"sing"'))
    with pytest.raises(ValueError, match="kind is one of"):
        read_exercise(test)
    card.unlink()
    with pytest.raises(ValueError, match="has no card"):
        read_exercise(test)


def test_where_the_work_begins(tmp_path):
    stub = tmp_path / "e1_a.py"
    stub.write_text(
        '"""1.1 A title\n\nText.\n"""\n\nX = 1\n\n\ndef f():\n    """Doc."""\n    raise NotImplementedError\n'
    )
    assert (first_line(stub), first_line(stub, "wrong"), first_line(tmp_path / "none.py")) == (11, 9, 1)
    assert statement(stub) == ("1.1 A title", "Text.")


# ---- judging, in this process


def test_the_grader_is_out_of_reach_and_back():
    tests, changed = ModuleType("tests"), []
    tests.expect = expect
    with out_of_reach(tests, changed):
        assert "kvgrade" not in sys.modules and "tracemalloc" not in sys.modules
        np.isclose, kept = None, np.isclose
        tests.expect, tests.added, tests.__warningregistry__ = None, print, {}
    assert changed == ["numpy.isclose", "tests.added", "tests.expect"]
    assert np.isclose is kept and tests.expect is expect and not hasattr(tests, "added")
    assert "kvgrade.expectations" in sys.modules and sys.modules["tracemalloc"] is tracemalloc


def test_efficiency_is_judged_once_it_is_correct(exercises):
    job = job_of(exercises[1], "def twice(x): return 0\ntwice.slow = True\n", "a.py")
    items = judge(job).items
    assert items["correct"].headline == "twice is wrong" and items["efficient"].headline == "judged once it is correct"
    items = judge(replace(job, source="def twice(x): raise NotImplementedError")).items
    assert [item.outcome for item in items.values()] == ["todo", "todo"]


def test_a_file_can_be_to_do_as_a_whole(exercises):
    items = judge(job_of(exercises[1], "raise NotImplementedError\n", "a.py")).items
    assert [item.outcome for item in items.values()] == ["todo", "todo"]


def test_the_line_to_blame_is_the_last_one_of_the_answer(exercises):
    source = "def half(x): return x / 0\n\n\ndef twice(x):\n    return 4 * half(x)\n"
    items = judge(job_of(exercises[1], source, "a.py")).items
    assert items["correct"].lines == ["x is 1", "line 1: def half(x): return x / 0"]


def test_a_mistake_is_named_only_if_the_same_item_fails(exercises, tmp_path):
    course = make_course(tmp_path)
    answer(course, "double", "return x * x")
    exercise = find_exercises(course / "exercises")[0]
    job = job_for(exercise, course / "exercises")
    assert judge(job).mistake.says == "You square it."
    other = Mistake(**{**SQUARE, "item": "efficient", "outcomes": (1, 9)})
    assert judge(replace(job, mistakes=(other,))).mistake is None
    assert recognise(None, "correct", job.mistakes) is None


def test_a_message_counts_with_its_token_only(exercises):
    mistake = Mistake("square", "correct", "You square it.", "", "", ())
    job = replace(job_of(exercises[0], "", "a.py"), mistakes=(mistake,))
    outcome = Outcome({"correct": WRONG}, mistake, "printed")
    message = pack(outcome, "token")
    assert unpack(message, "token", job) == outcome
    assert unpack(pack(Outcome({"correct": PASSED}), "token"), "token", job).mistake is None
    for bad in (message, b"token" + message, b"", b"toke"):
        with pytest.raises(ValueError, match=r"not from the grader|JSON|Expecting"):
            unpack(bad, "token" if bad != message else "other", job)


# ---- values


def test_values_that_look_alike_are_told_apart():
    for got, want, told in [
        (3.0000001, 3, "yours 3.0000001 (float)"), (np.array([1, 2]), [1, 2], "(ndarray)"),
        ("x" * 300, "x" * 301, "yours    "),
    ]:  # fmt: skip
        with pytest.raises(Wrong) as caught:
            expect(got, want)
        assert any(told in line for line in caught.value.lines), caught.value.lines


def test_what_equals_what():
    expect(np.float32(0.1), 0.1)  # a float32 knows no more digits
    expect(2**63, np.uint64(2**63))
    expect([np.int64(1), 2.0], (1, 2))
    expect(np.str_("a"), "a")
    expect(np.array([math.nan, 1]), np.array([math.nan, 1]), atol=1e-9)
    for got, want in [
        ([True], [1]), (2, True), (math.nan, 1.0), (2**53 + 1, 2**53), ("ab", ["a", "b"]), (1, [1]), ({1: 2}, [1]),
        ([1, 2, 3], [1, 2]), ([[1.0]], [[1.0, 2.0]]), (np.ones((2, 1)), np.ones((1, 2))), (object(), 1), (b"a", "a"),
        (np.array(["a"]), np.array([1.0])),
    ]:  # fmt: skip
        with pytest.raises(Wrong):
            expect(got, want)


def test_a_subclass_of_an_array_is_compared_as_an_array():
    class Liar(np.ndarray):
        shape = (2,)

        def __ne__(self, other):
            return np.zeros(2, bool)

    with pytest.raises(Wrong):
        expect(np.ones(2).view(Liar), np.zeros(2))


def test_words_for_values_and_errors():
    assert show(np.array([True, False])) == "[1, 0]" and show([np.zeros(2)]) == "list of [0., 0.]"
    assert show(iter([1])) == "a list_iterator" and show(1 / 3) == "0.333333" and show(np.int64(3)) == "3"
    assert said(ValueError("a\n  b")) == "ValueError: a b" and said(ValueError()) == "ValueError"
    assert len(said(ValueError("x" * 999))) < 220 and len(show("x" * 999)) < 120


def test_an_exception_that_cannot_be_told_is_named():
    class Mine(BaseException):
        def __str__(self):
            raise self

    assert said(Mine()) == "Mine"


def test_what_is_given_goes_onto_every_exception():
    with pytest.raises(SystemExit) as caught, given("a case"):
        raise SystemExit
    assert caught.value.__notes__ == ["a case"]
    stubborn = type("Stubborn", (Exception,), {"add_note": None})
    with pytest.raises(stubborn) as caught, given("a case"):
        raise stubborn
    assert caught.value.__notes__ == ["a case"]
    with pytest.raises(Wrong) as wrong, given("outer"), given("inner"):
        raise Wrong("headline", "line")
    assert wrong.value.lines == ["outer", "inner", "line"]


def test_refusing_with_another_error_tells_which():
    with pytest.raises(Wrong) as caught:
        refuses(lambda: {}["key"], "a key")
    assert caught.value.lines == ["yours raised KeyError: 'key'"]


def test_the_map_of_the_package_is_complete():
    import kvgrade

    modules = {path.stem for path in Path(kvgrade.__file__).parent.glob("*.py")} - {"__init__", "__main__"}
    assert set(re.findall(r"^    (\w+)  +\S", kvgrade.__doc__, re.MULTILINE)) == modules
