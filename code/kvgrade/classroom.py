"""Many submissions at once: ``python -m kvgrade grade SUBMISSIONS [--out scores.csv] [--seed N]``.

Each folder in SUBMISSIONS is a learner: a checkout of the course, or what is in its ``exercises/``. Nothing of it is
read but the answers, ``NN_chapter/eN_name.py``, and they are graded with the tests of the folder in which the command
runs, each in a process of its own. A score that a learner computed plays no part.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kvgrade.course import find_exercises, find_root
from kvgrade.exercise import Exercise
from kvgrade.grade import job_of, verdict_of
from kvgrade.show import printable
from kvgrade.workers import Workers

LONGEST = 200_000  # bytes of an answer; the longest reference has a few thousand


@dataclass(frozen=True)
class Score:
    """What a learner gets: points by exercise, and the exercises for which there is no file to grade."""

    learner: str
    points: dict[str, int]
    absent: list[str]


def main(arguments: list[str]) -> int:
    """Grade a folder of submissions; one line a learner."""
    parser = argparse.ArgumentParser(prog="python -m kvgrade grade", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("submissions", type=Path, help="a folder with one folder a learner")
    parser.add_argument("--out", type=Path, help="the CSV file to write (default: print it)")
    parser.add_argument("--seed", type=int, default=0, help="of the random inputs (default: 0)")
    options = parser.parse_args(arguments)
    exercises = find_exercises(find_root())
    learners = sorted(path for path in options.submissions.glob("*") if path.is_dir() and path.name[0] != ".")
    if not learners:
        print(f"kvgrade: there is no folder in {options.submissions}; each learner has one.", file=sys.stderr)
        return 1
    scores = grade_all(learners, exercises, options.seed)
    if options.out is None:
        write_scores(scores, exercises, sys.stdout)
        return 0
    with options.out.open("w", newline="", encoding="utf-8") as stream:
        write_scores(scores, exercises, stream)
    return 0


def grade_all(learners: list[Path], exercises: list[Exercise], seed: int = 0) -> Iterator[Score]:
    """One learner after the other, the answers of each side by side."""
    with Workers() as workers:
        for learner in learners:
            yield grade_one(learner, exercises, workers, seed)


def grade_one(learner: Path, exercises: list[Exercise], workers: Workers, seed: int) -> Score:
    """The score of what lies in one learner's folder."""
    texts = [(exercise, read_answer(learner, exercise)) for exercise in exercises]
    started = [
        (exercise, workers.start(job_of(exercise, text, exercise.path.name, seed=seed)))
        for exercise, text in texts
        if text is not None
    ]
    points = {exercise.number: verdict_of(exercise, workers.result(future)).points for exercise, future in started}
    absent = [exercise.number for exercise, text in texts if text is None]
    return Score(printable(learner.name), points, absent)


def read_answer(learner: Path, exercise: Exercise) -> str | None:
    """The text of an answer; None if it is absent, huge, not readable, or a link out of the learner's folder."""
    for root in (learner / "exercises", learner):
        path = exercise.answer_in(root)
        try:
            inside = path.resolve().is_relative_to(learner.resolve())
            if inside and path.is_file() and path.stat().st_size <= LONGEST:
                return path.read_text(encoding="utf-8", errors="replace")
        except (OSError, RuntimeError):  # no permission, links in a circle
            continue
    return None


def write_scores(scores: Iterator[Score], exercises: list[Exercise], stream: TextIO) -> None:
    """The table: a learner's points, all and by exercise, and what was absent; each line as soon as it is known."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["learner", "points", "of", *(exercise.number for exercise in exercises), "absent"])
    of = sum(exercise.total for exercise in exercises)
    for score in scores:
        each = [score.points.get(exercise.number, 0) for exercise in exercises]
        writer.writerow([score.learner, sum(each), of, *each, " ".join(score.absent)])
        stream.flush()
        print(f"{score.learner}: {sum(each)}/{of}", file=sys.stderr, flush=True)
