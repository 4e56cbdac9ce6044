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
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from kvgrade.exercise import Exercise, find_exercises, select
from kvgrade.grade import job_for
from kvgrade.mutants import mutants
from kvgrade.workers import Workers

LEAST = 0.90  # of the mutants that are not explained away, none may live; of all of them, so many must die


def run(exercises: Path, solutions: Path, wanted: list[str]) -> int:
    """Bring every ``mutants.json`` up to date for these exercises, or all; return 0 if every score is good."""
    good = True
    with Workers() as workers:
        for folder, group in groupby(select(find_exercises(exercises), wanted), key=lambda e: e.path.parent.name):
            path = solutions / folder / "mutants.json"
            known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
            reasons = read_reasons(solutions / folder)
            for exercise in group:
                entry = known.get(exercise.name)
                if entry is None or entry["key"] != key(exercise, solutions):
                    entry = known[exercise.name] = score(exercise, solutions, workers)
                good &= report(exercise, entry, reasons.get(exercise.name, {}))
            text = json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False) + "\n"
            path.write_text(text, encoding="utf-8")
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
    """A hash of all that a score depends on: the solution, the tests, the way mutants are made, and what tests say."""
    parts = [exercise.answer_in(solutions), exercise.test]
    parts += [Path(__file__).with_name(name) for name in ("mutants.py", "expectations.py")]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]


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


def _passes(workers: Workers, future: Any) -> bool:
    return all(item.outcome == "passed" for item in workers.result(future).items.values())
