"""What known wrong answers return, written down: for the authors of exercises.

``python -m kvgrade record`` writes every chapter's ``mistakes.json`` anew from the files in ``solutions/*/wrong/``.
The first paragraph of such a file's docstring is the sentence for whoever makes that mistake; ``Where:`` and
``Link:`` name the project in which it happened.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from kvgrade.answer import load_answer
from kvgrade.exercise import Exercise
from kvgrade.grade import job_of
from kvgrade.judge import first_wrong, judge_items, load_tests
from kvgrade.mistakes import Mistake, outcomes
from kvgrade.quiet import quiet


def wrong_answers(exercise: Exercise, solutions: Path) -> list[Path]:
    """The files of an exercise's known wrong answers."""
    return sorted((solutions / exercise.path.parent.name / "wrong" / exercise.name).glob("*.py"))


def read_wrong(exercise: Exercise, path: Path) -> Mistake:
    """A known wrong answer: judged, and run at the exercise's probes.

    Raises
    ------
    ValueError
        It passes: then it is no wrong answer.
    """
    source = path.read_text(encoding="utf-8")
    tests, job = load_tests(exercise.test), job_of(exercise, source, path.name)
    with quiet():
        answer = load_answer(source, path.name)
        item = first_wrong(judge_items(tests, answer, job))
        found = outcomes(tests, answer)
    if item is None:
        raise ValueError(f"{path} gets all points: it is no wrong answer, or the tests do not notice.")
    text = ast.get_docstring(ast.parse(source)) or ""
    says = " ".join(text.split("\n\n")[0].split())
    return Mistake(path.stem, item, says, _field("Where", text), _field("Link", text), tuple(found or ()))


def record(exercises: list[Exercise], solutions: Path) -> dict[Path, str]:
    """What the ``mistakes.json`` of whole chapters should hold, by path."""
    texts = {}
    for path, group in groupby(exercises, key=lambda exercise: exercise.mistakes):
        known = {e.name: [asdict(read_wrong(e, wrong)) for wrong in wrong_answers(e, solutions)] for e in group}
        texts[path] = _compact(json.dumps(known, indent=1, ensure_ascii=False)) + "\n"
    return texts


def _field(name: str, text: str) -> str:
    """What stands behind ``Where:`` or ``Link:``."""
    found = re.search(rf"^{name}: *(.+)$", text, flags=re.MULTILINE)
    return found[1].strip() if found else ""


def _compact(text: str) -> str:
    """Lists of numbers on one line."""
    return re.sub(
        r"\[[\s\d.,eE+-]*\]", lambda numbers: " ".join(numbers[0].split()).replace("[ ", "[").replace(" ]", "]"), text
    )
