"""The grader: exercises that judge themselves and name the mistake.

A reading path, one line a file:

    exercise    what an exercise is made of, and where its files lie
    expectations  what a test says: given, expect, refuses; and Wrong, the one way to fail
    show        values in a few words
    memory      bytes that a call takes at its peak
    answer      a learner's file, loaded so that nothing in it can hurt the grader
    judge       one answer against one exercise's tests
    mistakes    known wrong answers, recognised by what they return
    grade       from an exercise to a verdict
    workers     a process per answer, with a time limit
    verdict     what came of an exercise: full, partial, wrong, to do
    table       verdicts as the learner reads them, points as bars
    hints       the next hint
    plugin      pytest: how tests become items, items points, and points a score
    commands    hints, watching and the summary, behind the options of pytest
    watch       judge again whatever was just saved
    notebook    check("3.3", my_function), the same verdict in a notebook

    mutants     small changes to a right answer, which its tests must notice (for the exercises' authors)
    mutation    how many of them they do notice
    record      what known wrong answers return, written down (for the exercises' authors)

Tests of exercises import from here: ``from kvgrade import expect, given, refuses, peak_bytes``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kvgrade.expectations import Wrong, expect, given, refuses, same_bits, unchanged
    from kvgrade.memory import peak_bytes
    from kvgrade.notebook import check

__all__ = ["Wrong", "check", "expect", "given", "peak_bytes", "refuses", "same_bits", "unchanged"]

_HOME = dict.fromkeys(("Wrong", "expect", "given", "refuses", "same_bits", "unchanged"), "expectations")
_HOME |= {"peak_bytes": "memory", "check": "notebook"}


def __getattr__(name: str) -> Any:
    """Import a name when first asked for: pytest loads the plugin in every run, graded or not."""
    if name in _HOME:
        from importlib import import_module

        return getattr(import_module(f"kvgrade.{_HOME[name]}"), name)
    raise AttributeError(f"module 'kvgrade' has no attribute {name!r}")
