"""Judge an exercise again whenever its file is saved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from kvgrade.course import find_exercises
from kvgrade.exercise import Exercise
from kvgrade.grade import job_for, job_of, verdict_of
from kvgrade.verdict import Verdict
from kvgrade.workers import Workers


def watch(root: Path, *, seed: int = 0) -> Iterator[Verdict]:
    """Yield the verdict on each exercise that is saved, until Ctrl-C."""
    import watchfiles

    exercises = {exercise.path.resolve(): exercise for exercise in find_exercises(root)}
    with Workers() as workers:
        for exercise in list(exercises.values())[:1]:  # unseen, so that the first save does not wait for imports
            workers.result(workers.start(job_of(exercise, "", exercise.path.name)))
        try:
            for changes in watchfiles.watch(root, debounce=100, step=20, watch_filter=watchfiles.PythonFilter()):
                paths = {Path(path).resolve() for _, path in changes}
                for path in sorted(paths & exercises.keys()):
                    with contextlib.suppress(FileNotFoundError):  # removed, or about to be replaced
                        yield _judged(workers, exercises[path], root, seed)
        except KeyboardInterrupt:
            return


def _judged(workers: Workers, exercise: Exercise, root: Path, seed: int) -> Verdict:
    job = job_for(exercise, root, seed=seed, shown_as=exercise.path.name)
    return verdict_of(exercise, workers.result(workers.start(job)))
