"""The mutation score of every exercise: how many changed answers its tests notice.

``python -m kvgrade mutants`` runs the mutants of each reference solution, several at a time, and writes
``mutants.json`` beside the solutions. A result is kept under a hash of solution, tests and grader, so only what has
changed runs again. A mutant that survives needs a reason in ``survivors.toml`` beside it: a table named like the
exercise's file, the text of the change as the key, and why no test could or should notice it.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from concurrent.futures import Future
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from kvgrade.course import find_exercises, select
from kvgrade.exercise import Exercise
from kvgrade.grade import job_for
from kvgrade.job import Outcome
from kvgrade.mutants import mutants
from kvgrade.workers import Workers

LEAST = 0.90  # the share of all mutants that must die; each that lives must be explained
GRADER = ("mutants", "replacements", "expectations", "compare", "wrong")  # what a score depends on


def run(exercises: Path, solutions: Path, wanted: list[str]) -> int:
    """Bring every ``mutants.json`` up to date for these exercises, or all; return 0 if every score is good."""
    good = True
    with Workers() as workers:
        for folder, group in groupby(select(find_exercises(exercises), wanted), key=lambda e: e.path.parent.name):
            known = read_scores(solutions / folder)
            for exercise in group:
                if known.get(exercise.name, {}).get("key") != key(exercise, solutions):
                    known[exercise.name] = score(exercise, solutions, workers)
                    write_scores(solutions / folder, known)
                reasons = read_reasons(solutions / folder).get(exercise.name, {})
                good &= report(exercise, known[exercise.name], reasons)
    return 0 if good else 1


def score(exercise: Exercise, solutions: Path, workers: Workers) -> dict[str, Any]:
    """Judge every mutant of one solution."""
    job = replace(job_for(exercise, solutions), mistakes=(), limit=5.0)
    changed = list(mutants(job.source))
    futures = [workers.start(replace(job, source=mutant.source)) for mutant in changed]
    alive = [mutant for mutant, future in zip(changed, futures, strict=True) if _passes(workers, future)]
    return {
        "key": key(exercise, solutions),
        "made": len(changed),
        "killed": len(changed) - len(alive),
        "survivors": [mutant.change for mutant in alive],
    }


def key(exercise: Exercise, solutions: Path) -> str:
    """A hash of all that a score depends on: the solution, the tests, how mutants are made and values compared."""
    parts = [exercise.answer_in(solutions), exercise.test]
    parts += [Path(__file__).with_name(f"{name}.py") for name in GRADER]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


def read_scores(folder: Path) -> dict[str, dict[str, Any]]:
    """The scores of a chapter that were written down, by exercise."""
    path = folder / "mutants.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_scores(folder: Path, scores: dict[str, dict[str, Any]]) -> None:
    """Write them down, at once: a run of all chapters takes minutes, and may be stopped."""
    text = json.dumps(dict(sorted(scores.items())), indent=1, ensure_ascii=False) + "\n"
    (folder / "mutants.json").write_text(text, encoding="utf-8")


def read_reasons(folder: Path) -> dict[str, dict[str, str]]:
    """Why survivors of a chapter may live: by exercise, by change."""
    path = folder / "survivors.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def report(exercise: Exercise, entry: dict[str, Any], reasons: dict[str, str]) -> bool:
    """Print one score; tell whether it is good enough and every survivor is explained."""
    share = entry["killed"] / entry["made"]
    print(f"{exercise.number} {exercise.title:<28} {entry['killed']:>3} of {entry['made']:>3} killed, {share:.0%}")
    for change in entry["survivors"]:
        print(f"      lives: {change}\n             {reasons.get(change, 'NOT EXPLAINED')}")
    return share >= LEAST and all(change in reasons for change in entry["survivors"])


def _passes(workers: Workers, future: Future[Outcome]) -> bool:
    return all(item.outcome == "passed" for item in workers.result(future).items.values())
