"""The grader: exercises that judge themselves and name the mistake.

A reading path, one line a file:

    exercise      what an exercise is made of, and where its files lie
    course        where they lie, all of them, one by its number
    stub          what a stub says: the statement, the names that it asks for

    wrong         Wrong, the one way to fail, and given, which says on which input
    expectations  what a test says: expect, refuses, unchanged
    compare       two values, told apart
    show          values in a few words
    memory        bytes that a call takes at its peak

    answer        a learner's file, loaded
    quiet         what it prints, kept back
    job           what is to be judged, and what came of it
    judge         one answer against one exercise's tests
    mistakes      known wrong answers, recognised by what they return
    grade         from an exercise to a verdict
    verdict       what came of an exercise: full, partial, wrong, to do

    workers       a process per answer, with a time limit
    process       inside that process
    message       what it says at the end
    reach         what an answer shares with its tests, kept as it was
    guard         what an answer may not do

    plugin        pytest: its options, and what becomes of an exercise's tests
    items         an exercise as pytest sees it
    grader        one run, judging
    report        one run, reporting: signs, the table, the score as JSON
    table         verdicts as the learner reads them, points as bars
    commands      --hint and --watch
    hints         the next hint
    watch         judge again whatever was just saved

    notebook      check("3.3", my_function), the same verdict in a notebook
    classroom     many submissions at once (for instructors)
    assignments   the exercises as a course for nbgrader (for instructors)
    cells         an exercise as cells of a notebook

    record        what known wrong answers return, written down (for the exercises' authors)
    mutants       small changes to a right answer, which its tests must notice (for the exercises' authors)
    replacements  the kinds of change
    mutation      how many of them the tests do notice

Tests of exercises import from here: ``from kvgrade import expect, given, refuses, peak_bytes``. The commands beside
pytest are in ``__main__``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvgrade.expectations import expect, refuses, same_bits, unchanged
    from kvgrade.memory import peak_bytes
    from kvgrade.notebook import check
    from kvgrade.wrong import Wrong, given

__all__ = ["Wrong", "check", "expect", "given", "peak_bytes", "refuses", "same_bits", "unchanged"]

_HOME = dict.fromkeys(("expect", "refuses", "same_bits", "unchanged"), "expectations")
_HOME |= {"Wrong": "wrong", "given": "wrong", "peak_bytes": "memory", "check": "notebook"}


def __getattr__(name: str) -> Any:
    """Import a name when first asked for: pytest loads the plugin in every run, graded or not."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"kvgrade.{_HOME[name]}"), name)
    raise AttributeError(f"module 'kvgrade' has no attribute {name!r}")
