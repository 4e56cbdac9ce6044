"""Judge an exercise again whenever its file is saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kvgrade.exercise import Exercise, find_exercises
from kvgrade.grade import job_for, verdict_of
from kvgrade.verdict import Verdict
from kvgrade.workers import Workers


def watch(root: Path, *, seed: int = 0) -> Iterator[Verdict]:
    """Yield the verdict on each exercise that is saved, until Ctrl-C."""
    import watchfiles

    exercises = {exercise.path.resolve(): exercise for exercise in find_exercises(root)}
    with Workers() as workers:
        _warm_up(workers, next(iter(exercises.values())), root)
        try:
            for changes in watchfiles.watch(root, debounce=100, step=20, watch_filter=watchfiles.PythonFilter()):
                paths = {Path(path).resolve() for _, path in changes}
                for path in sorted(paths & exercises.keys()):
                    if path.exists():
                        yield _judged(workers, exercises[path], root, seed)
        except KeyboardInterrupt:
            return


def _judged(workers: Workers, exercise: Exercise, root: Path, seed: int) -> Verdict:
    job = job_for(exercise, root, seed=seed, shown_as=exercise.path.name)
    return verdict_of(exercise, workers.result(workers.start(job)))


def _warm_up(workers: Workers, exercise: Exercise, root: Path) -> None:
    """Judge one answer unseen, so that the first save does not wait for imports."""
    workers.result(workers.start(job_for(exercise, root)))
