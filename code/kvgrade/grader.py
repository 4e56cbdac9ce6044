"""One run of pytest, judging: which exercises have been begun, and the verdicts so far."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kvgrade.exercise import Exercise
from kvgrade.items import ExerciseItem
from kvgrade.table import relative
from kvgrade.verdict import Item, Verdict

if TYPE_CHECKING:
    from kvgrade.job import Outcome
    from kvgrade.workers import Workers


class Grader:
    """Judges the exercises of one run; NumPy and the processes are left alone until there is one."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.workers: Workers | None = None
        self.jobs: dict[str, Future[Outcome]] = {}
        self.known: dict[str, Verdict] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin with all of them at once; an xdist worker waits to hear which are its own."""
        if self.config.option.collectonly or hasattr(self.config, "workerinput"):
            return
        for item in session.items:
            if isinstance(item, ExerciseItem):
                self.start(item.exercise)

    def pytest_unconfigure(self) -> None:
        """End the processes."""
        if self.workers is not None:
            self.workers.close()

    def start(self, exercise: Exercise) -> None:
        """Begin to judge an exercise, unless that has begun."""
        from kvgrade.grade import job_for
        from kvgrade.workers import Workers

        if exercise.name in self.jobs or exercise.name in self.known:
            return
        answers = answers_root(self.config, exercise)
        shown = relative(exercise.answer_in(answers), self.config.invocation_params.dir)
        try:
            job = job_for(exercise, answers, seed=self.config.option.seed, shown_as=shown)
        except FileNotFoundError:
            missing = {name: Item("todo", f"{shown} is not there") for name in exercise.points}
            self.known[exercise.name] = Verdict(exercise, missing)
            return
        self.workers = self.workers or Workers()
        self.jobs[exercise.name] = self.workers.start(job)

    def verdict(self, exercise: Exercise) -> Verdict:
        """The verdict on an exercise, waited for."""
        from kvgrade.grade import verdict_of

        self.start(exercise)
        if exercise.name not in self.known:
            assert self.workers is not None
            self.known[exercise.name] = verdict_of(exercise, self.workers.result(self.jobs[exercise.name]))
        return self.known[exercise.name]


def answers_root(config: pytest.Config, exercise: Exercise) -> Path:
    """The folder whose answers are graded: ``--answers``, ``--solutions``, or the exercises themselves.

    Raises
    ------
    pytest.UsageError
        The folder is not there.
    """
    exercises = exercise.path.parent.parent
    if config.option.solutions:
        root, option = exercises.parent / "solutions", "--solutions: this copy has no solutions."
    elif config.option.answers:
        root = config.invocation_params.dir / config.option.answers
        option = f"--answers: there is no folder {config.option.answers}."
    else:
        return exercises
    if not root.is_dir():
        raise pytest.UsageError(option)
    return root
