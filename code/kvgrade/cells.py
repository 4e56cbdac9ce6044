"""An exercise as cells of a notebook for nbgrader, and nbgrader's marks on them.

The learner's cell is the stub, then the whole reference between ``### BEGIN SOLUTION`` and ``### END SOLUTION``, which
defines everything a second time. nbgrader takes that region out, and what is left is the stub, to the letter: also
where the stub has a bug to find, and whatever helpers and constants the reference has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kvgrade.exercise import Exercise
from kvgrade.stub import public_names, statement

Cell = dict[str, Any]

FUTURE = re.compile(r"^from __future__ import .+\n+", re.MULTILINE)
INTRODUCTION = """\
# {title}

Each exercise has four parts: what is asked, a cell for your answer, a cell that says how your answer does (run it as
often as you like), and locked cells that give the points. The locked cells do more when your notebook is graded: they
also try other random inputs.
"""
TEST = """\
from kvgrade.notebook import require

require({arguments})
### BEGIN HIDDEN TESTS
for seed in {seeds}:
    require({arguments}, seed=seed)
### END HIDDEN TESTS"""


def chapter_cells(exercises: list[Exercise], solutions: Path, seeds: tuple[int, ...]) -> Iterator[Cell]:
    """All cells of a chapter's notebook.

    Parameters
    ----------
    exercises : list of Exercise
        Of one chapter, in order.
    solutions : Path
        The folder of the references.
    seeds : tuple of int
        Of the random inputs that only the hidden tests try.
    """
    first = exercises[0]
    title = f"Exercises of chapter {first.chapter}, {first.chapter_title}"
    yield markdown("introduction", INTRODUCTION.format(title=title))
    for exercise in exercises:
        yield from exercise_cells(exercise, exercise.answer_in(solutions).read_text(encoding="utf-8"), seeds)


def exercise_cells(exercise: Exercise, reference: str, seeds: tuple[int, ...]) -> Iterator[Cell]:
    """The statement, the answer, the check, and a test for each item that has points."""
    stub = exercise.path.read_text(encoding="utf-8")
    names = public_names(exercise.path)
    yield markdown(f"{exercise.name}-text", exercise_text(exercise))
    yield code(exercise.name, answer_text(stub, reference), solution=True)
    call = ", ".join([f'"{exercise.number}"', *names])
    yield code(f"{exercise.name}-check", f"import kvgrade\n\nkvgrade.check({call})")
    for item, points in exercise.points.items():
        arguments = ", ".join([f'"{exercise.number}", "{item}"', *names])
        text = TEST.format(arguments=arguments, seeds=seeds)
        yield code(f"{exercise.name}-{item}", text, grade=True, locked=True, points=points)


def exercise_text(exercise: Exercise) -> str:
    """The statement as a text with a heading, what it takes and gives, and its hints folded away."""
    title, text = statement(exercise.path)
    facts = [f"{exercise.minutes} minutes", f"{exercise.total} point{'s' * (exercise.total > 1)}"]
    hints = [
        f"<details><summary>Hint {i}</summary>\n\n{hint}\n\n</details>" for i, hint in enumerate(exercise.hints, 1)
    ]
    return "\n\n".join([f"## {title}", f"*About {', '.join(facts)}.*", text, *hints])


def answer_text(stub: str, reference: str) -> str:
    """The learner's cell: the stub, and the reference in a region that nbgrader takes out."""
    stub, reference = without_docstring(stub), without_docstring(reference)
    for line in FUTURE.findall(reference):  # Python wants it at the top of a cell
        reference = reference.replace(line, "")
        stub = stub if line.strip() in stub else f"{line.strip()}\n\n{stub}"
    region = ["### BEGIN SOLUTION", "# The reference; it takes the place of what is defined above.", reference]
    return f"{stub}\n\n\n" + "\n".join([*region, "### END SOLUTION"])


def without_docstring(source: str) -> str:
    """A module's text without its docstring and the empty lines around it."""
    body = ast.parse(source).body
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        source = "\n".join(source.splitlines()[first.end_lineno :])
    return source.strip("\n")


# ---- cells, and what nbgrader wants to know of them


def markdown(name: str, source: str) -> Cell:
    """A text."""
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}


def code(name: str, source: str, **marks: Any) -> Cell:
    """Code; with marks such as ``solution=True``, nbgrader cares for it under this name."""
    cell: Cell = {"cell_type": "code", "id": name, "metadata": {}, "source": source}
    cell |= {"execution_count": None, "outputs": []}
    if marks:
        plain = {"schema_version": 3, "grade": False, "solution": False, "locked": False, "task": False}
        cell["metadata"]["nbgrader"] = {**plain, **marks, "grade_id": name}
    return cell
