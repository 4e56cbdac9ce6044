"""One answer against one exercise's tests.

The tests are plain functions, ``test_correct(answer, rng)`` and perhaps ``test_efficient(answer, rng)``. This
module runs them in the process that it is called in; `workers` gives it one of its own.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from kvgrade.answer import Answer, blame, load_answer, no_way_out, quiet, said
from kvgrade.expectations import Wrong
from kvgrade.mistakes import Mistake, outcomes, recognise
from kvgrade.verdict import Item

MEMORY = 4 * 2**30  # bytes of address space that an answer may take, the interpreter included


@dataclass(frozen=True)
class Job:
    """What is to be judged: an answer's text, under the name that messages show, against a test file."""

    test: Path
    source: str
    shown_as: str  # the answer's path, as the learner knows it
    items: tuple[str, ...]
    seed: int = 0
    mistakes: tuple[Mistake, ...] = ()
    limit: float = 10.0
    stack: Path | None = None  # where to write the stack shortly before the limit


@dataclass(frozen=True)
class Outcome:
    """What came of it: one entry an item, a known mistake if it was one, and what the answer printed."""

    items: dict[str, Item]
    mistake: Mistake | None = None
    printed: str = ""


def judge(job: Job) -> Outcome:
    """Load the tests, then the answer, and run one on the other."""
    tests = load_tests(job.test)  # first: an answer cannot change what they have imported
    mistake = None
    with quiet() as printed, no_way_out(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = load_answer(job.source, job.shown_as)
        except Wrong as wrong:
            return Outcome({name: Item("wrong", wrong.headline, wrong.lines) for name in job.items}, None, "")
        except NotImplementedError:
            return Outcome({name: Item("todo") for name in job.items}, None, "")
        items = judge_items(tests, answer, job)
        said_by_then = printed.getvalue()  # the probes below may print, too
        if (failed := first_wrong(items)) and job.mistakes:
            mistake = recognise(outcomes(tests, answer), failed, job.mistakes)
    return Outcome(items, mistake, said_by_then)


def judge_items(tests: ModuleType, answer: Answer, job: Job) -> dict[str, Item]:
    """Run the tests in order; an answer that is not correct is not judged for efficiency."""
    items: dict[str, Item] = {}
    for name in job.items:
        first = next(iter(items.values()), None)
        if first is not None and first.outcome != "passed":
            again = "todo" if first.outcome == "todo" else "wrong"
            items[name] = Item(again, "" if again == "todo" else "judged once it is correct")
        else:
            items[name] = run_test(getattr(tests, f"test_{name}"), answer, job)
    return items


def first_wrong(items: dict[str, Item]) -> str | None:
    """The name of the first item that is wrong."""
    return next((name for name, item in items.items() if item.outcome == "wrong"), None)


def run_test(test: Callable[..., None], answer: Answer, job: Job) -> Item:
    """One test, and whatever it raises as a sentence."""
    started = time.perf_counter()
    outcome, headline, lines = "wrong", "", []
    try:
        test(answer, np.random.default_rng(job.seed))
        outcome = "passed"
    except NotImplementedError as error:
        outcome, headline = "todo", next(iter(blame(error, job.shown_as)), "").partition(":")[0]
    except Wrong as wrong:
        headline, lines = wrong.headline, wrong.lines
    except BaseException as error:
        own = blame(error, job.shown_as)  # an assert of the test says its sentence; one of the learner is a crash
        plain = isinstance(error, AssertionError) and not own
        headline = str(error) if plain else f"it raises {said(error)}"
        lines = [*getattr(error, "__notes__", []), *own]
    return Item(outcome, headline, lines, time.perf_counter() - started)


def load_tests(path: Path) -> ModuleType:
    """Import a test file by its path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def judge_in_worker(job: Job) -> Outcome:
    """The same in a process that may be killed: it leaves its stack behind in time, and prints nothing."""
    sys.dont_write_bytecode = True
    if job.stack is None:
        return judge(job)
    with job.stack.open("w") as trace:
        faulthandler.dump_traceback_later(job.limit / 2, file=trace)  # well before the process is ended
        _silence()
        _bound_memory()
        outcome = judge(job)
        faulthandler.cancel_dump_traceback_later()
    return outcome


def _silence() -> None:
    """What an answer writes past Python, or from a child process, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _bound_memory() -> None:
    """An answer that asks for far too much memory gets a MemoryError, where the system can do that."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    with contextlib.suppress(ValueError, OSError):  # a stricter limit holds already
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, most))
