"""Verdicts as the learner reads them: one block a chapter, points as a bar, the next thing to do.

Eighty columns; with colour or without, with Unicode or without.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from kvgrade.stub import first_line
from kvgrade.verdict import Verdict

WIDTH = 80
BAR = 16
INDENT = " " * 6
COLOURS = {"full": "green", "partial": "yellow", "wrong": "red", "todo": "light"}

Paint = Callable[..., str]  # paint("text", green=True), as pytest's terminal writer does


@dataclass(frozen=True)
class Marks:
    """The signs that the table is made of."""

    full: str = "✓"
    partial: str = "~"
    wrong: str = "✗"
    todo: str = "·"
    done_bar: str = "█"
    open_bar: str = "·"


UNICODE = Marks()
ASCII = Marks(full="+", wrong="x", todo=".", done_bar="#", open_bar=".")


def marks_for(encoding: str | None) -> Marks:
    """Signs that a stream of this encoding can show."""
    try:
        "✓✗█·".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def plain(text: str, **_: bool) -> str:
    """No colour."""
    return text


def table(verdicts: list[Verdict], marks: Marks = UNICODE, paint: Paint = plain) -> Iterator[str]:
    """All lines about these verdicts."""
    for _, group in groupby(verdicts, key=lambda verdict: verdict.exercise.chapter):
        chapter = list(group)
        yield chapter_line(chapter, marks, paint)
        if len({verdict.state for verdict in chapter}) > 1 or chapter[0].state not in ("todo", "full"):
            for verdict in chapter:
                yield from block(verdict, marks, paint)


def chapter_line(chapter: list[Verdict], marks: Marks, paint: Paint) -> str:
    """Its title, a bar, and the points."""
    exercise = chapter[0].exercise
    got, of = sum(v.points for v in chapter), sum(v.exercise.total for v in chapter)
    full = BAR * got // of
    bar = paint(marks.done_bar * full, green=True) + marks.open_bar * (BAR - full)
    return f"{paint(f'{exercise.chapter} {exercise.chapter_title:<22}', bold=True)} {bar} {got:>3}/{of}"


def block(verdict: Verdict, marks: Marks = UNICODE, paint: Paint = plain) -> Iterator[str]:
    """One exercise: a line, and below it what is wrong."""
    exercise, state = verdict.exercise, verdict.state
    sign = paint(getattr(marks, state), **{COLOURS[state]: True})
    points = f"{verdict.points}/{exercise.total}"
    line = f"{exercise.number} {_ascii(exercise.title, marks):<24} {points:>5}"
    wrong, headline = bool(verdict.headline), _ascii(verdict.headline, marks)
    open_at = f"to do: {verdict.open_at}" if verdict.open_at else "to do"
    after = {"todo": open_at, "partial": "right, but not efficient" if wrong else ""}.get(state, "")
    if state == "wrong" and 4 + len(line) + 2 + len(headline) <= WIDTH:
        after, headline = headline, ""
    yield f"  {sign} {line}  {after}".rstrip()
    yield from (paint(part, bold=True) for part in wrap(headline))
    for text in verdict.lines():
        yield from wrap(_ascii(text, marks))
    if wrong:
        yield f"{INDENT}hint: pytest exercises/ --hint {exercise.number}"


def wrap(text: str) -> list[str]:
    """Text in the width of a terminal, indented below its exercise; links stay whole."""
    return textwrap.wrap(
        text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + "  ", break_long_words="://" not in text,
        break_on_hyphens=False,
    )  # fmt: skip


def total(verdicts: list[Verdict]) -> str:
    """The sum, and how many exercises are in which state."""
    got, of = sum(v.points for v in verdicts), sum(v.exercise.total for v in verdicts)
    words = {"full": "full", "partial": "partial", "wrong": "wrong", "todo": "to do"}
    counts = {word: sum(v.state == state for v in verdicts) for state, word in words.items()}
    return f"Total {got}/{of}   " + ", ".join(f"{n} {word}" for word, n in counts.items() if n)


def next_line(verdicts: list[Verdict], start: Path) -> str | None:
    """The next exercise to work on, with the line where the work begins, and the command that runs it alone."""
    for states in (("wrong", "partial"), ("todo",)):
        for verdict in verdicts:
            if verdict.state in states:
                exercise = verdict.exercise
                where = f"{relative(exercise.path, start)}:{first_line(exercise.path, verdict.state)}"
                return f"Next  {exercise.number}  {where}\n      pytest exercises/ -k {exercise.number}"
    return None


def relative(path: Path, start: Path) -> str:
    """A path as one would type it from a folder."""
    try:
        return Path(os.path.relpath(path, start)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _ascii(text: str, marks: Marks) -> str:
    """A text without what a stream with these marks cannot show."""
    return text if marks is UNICODE else text.encode("ascii", "replace").decode()
