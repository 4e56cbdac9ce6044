"""From an exercise to a verdict: the job that is judged, and what came of it."""

from __future__ import annotations

from pathlib import Path

from kvgrade.exercise import Exercise
from kvgrade.judge import Job, Outcome
from kvgrade.mistakes import read_mistakes
from kvgrade.verdict import Verdict


def job_for(exercise: Exercise, answers: Path, *, seed: int = 0, shown_as: str | None = None) -> Job:
    """The job of judging the answer that lies under a root.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    """
    path = exercise.answer_in(answers)
    return Job(
        test=exercise.test,
        source=path.read_text(encoding="utf-8", errors="replace"),
        shown_as=shown_as or path.name,
        items=tuple(exercise.points),
        seed=seed,
        mistakes=read_mistakes(exercise.mistakes, exercise.name),
        limit=exercise.seconds,
    )


def verdict_of(exercise: Exercise, outcome: Outcome) -> Verdict:
    """The verdict that an outcome means."""
    mistake = outcome.mistake
    if mistake is None:
        return Verdict(exercise, outcome.items, printed=outcome.printed)
    return Verdict(
        exercise, outcome.items, says=mistake.says, where=mistake.where, link=mistake.link, printed=outcome.printed
    )
