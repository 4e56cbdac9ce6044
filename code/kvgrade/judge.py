"""One answer against one exercise's tests.

The tests are plain functions, ``test_correct(answer, rng)`` and perhaps ``test_efficient(answer, rng)``. This
module runs them in the process that it is called in; `workers` gives it one of its own.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from types import ModuleType

from numpy.random import default_rng

from kvgrade.answer import Answer, blame, load_answer
from kvgrade.job import Job, Outcome, all_items
from kvgrade.mistakes import Mistake, outcomes, recognise
from kvgrade.quiet import quiet
from kvgrade.reach import out_of_reach
from kvgrade.show import said, shorten, worded
from kvgrade.verdict import Item
from kvgrade.wrong import Wrong

MOST_NOTES = 10  # lines that are shown of what was noted on an exception


def judge(job: Job) -> Outcome:
    """Load the tests, then the answer, and run one on the other."""
    tests = load_tests(job.test)  # first: an answer cannot change what they have imported
    changed: list[str] = []
    try:
        with quiet() as printed, out_of_reach(tests, changed):
            outcome = judge_text(tests, job, printed)
    except Exception:
        if not changed:  # else the grader did not get far with what is left of it
            raise
    if changed:
        return Outcome(all_items(job, "wrong", f"it changed {changed[0]}", "what others use must stay as it is"))
    return outcome


def judge_text(tests: ModuleType, job: Job, printed: StringIO) -> Outcome:
    """Load the answer and run the tests on it."""
    try:
        answer = load_answer(job.source, job.shown_as)
    except Wrong as wrong:
        return Outcome(all_items(job, "wrong", wrong.headline, *wrong.lines))
    except NotImplementedError:
        return Outcome(all_items(job, "todo"))
    items = judge_items(tests, answer, job)
    said_by_then = printed.getvalue()  # the probes may print, too
    return Outcome(items, diagnose(tests, answer, items, job.mistakes), said_by_then)


def judge_items(tests: ModuleType, answer: Answer, job: Job) -> dict[str, Item]:
    """Run the tests in order; an answer that is not correct is not judged for efficiency."""
    items: dict[str, Item] = {}
    for name in job.items:
        first = next(iter(items.values()), None)
        if first is None or first.outcome == "passed":
            items[name] = run_test(getattr(tests, f"test_{name}"), answer, job)
        else:
            items[name] = Item("todo") if first.outcome == "todo" else Item("wrong", "judged once it is correct")
    return items


def run_test(test: Callable[..., None], answer: Answer, job: Job) -> Item:
    """One test, and whatever it raises as a sentence."""
    started = time.perf_counter()
    outcome, headline, lines = "wrong", "", []
    try:
        test(answer, default_rng(job.seed))
        outcome = "passed"
    except NotImplementedError as error:
        outcome, headline = "todo", next(iter(blame(error, job.shown_as)), "").partition(":")[0]
    except Wrong as wrong:
        headline, lines = wrong.headline, wrong.lines
    except BaseException as error:
        own = blame(error, job.shown_as)  # an assert of the test says its sentence; one of the learner is a crash
        plain = isinstance(error, AssertionError) and not own
        headline = shorten(worded(error), 400) if plain else f"it raises {said(error)}"
        lines = [*notes(error), *own]
    return Item(outcome, headline, lines, time.perf_counter() - started)


def notes(error: BaseException) -> list[str]:
    """What was noted on an exception: the input, by `given`."""
    found = getattr(error, "__notes__", None)
    return [shorten(worded(note)) for note in found[:MOST_NOTES]] if isinstance(found, list) else []


def diagnose(tests: ModuleType, answer: Answer, items: dict[str, Item], known: tuple[Mistake, ...]) -> Mistake | None:
    """The known mistake that an answer makes, if an item is wrong and it is one."""
    failed = first_wrong(items)
    if failed is None or not known:
        return None
    try:
        return recognise(outcomes(tests, answer), failed, known)
    except Exception:  # the answer fails between two probes; that must not keep a learner from the verdict
        return None


def first_wrong(items: dict[str, Item]) -> str | None:
    """The name of the first item that is wrong."""
    return next((name for name, item in items.items() if item.outcome == "wrong"), None)


def load_tests(path: Path) -> ModuleType:
    """Import a test file by its path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
