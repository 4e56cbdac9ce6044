"""From an exercise to a verdict: the job that is judged, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kvgrade.exercise import Exercise
from kvgrade.job import Job, Outcome
from kvgrade.mistakes import read_mistakes
from kvgrade.show import printable
from kvgrade.verdict import Item, Verdict


def job_for(exercise: Exercise, answers: Path, *, seed: int = 0, shown_as: str | None = None) -> Job:
    """The job of judging the answer that lies under a root.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    path = exercise.answer_in(answers)
    return job_of(exercise, path.read_text(encoding="utf-8", errors="replace"), shown_as or path.name, seed=seed)


def job_of(exercise: Exercise, source: str, shown_as: str, *, seed: int = 0) -> Job:
    """The job of judging this text of an answer, which messages call ``shown_as``."""
    return Job(
        test=exercise.test,
        source=source,
        shown_as=shown_as,
        items=tuple(exercise.points),
        seed=seed,
        mistakes=read_mistakes(exercise.mistakes, exercise.name),
        limit=exercise.seconds,
    )


def verdict_of(exercise: Exercise, outcome: Outcome) -> Verdict:
    """The verdict that an outcome means, in texts that every terminal and file can hold."""
    items = {name: _printable(item) for name, item in outcome.items.items()}
    verdict = Verdict(exercise, items, printed=printable(outcome.printed))
    if (mistake := outcome.mistake) is None:
        return verdict
    return replace(verdict, says=mistake.says, where=mistake.where, link=mistake.link)


def _printable(item: Item) -> Item:
    return replace(item, headline=printable(item.headline, 400), lines=[printable(line, 400) for line in item.lines])
