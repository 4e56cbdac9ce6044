"""The exercises as a course for nbgrader: ``python -m kvgrade.assignments [--out DIR] [--seeds 1,2]``.

One notebook a chapter, ``source/03_cached_attention/03_cached_attention.ipynb``, with the reference solutions in the
regions that nbgrader takes out, and a configuration beside them. Everything but `write_notebook` works without
Jupyter's packages.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from kvgrade.cells import Cell, chapter_cells
from kvgrade.course import find_exercises, find_root
from kvgrade.exercise import Exercise

CONFIG = '''\
"""For nbgrader, which is run in this folder: `nbgrader generate_assignment 03_cached_attention`."""

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "kv-caching"

# An answer's cell holds the stub already, so nothing takes the place of the reference that is taken out of it.
c.ClearSolutions.code_stub = {"python": ""}

# An endless loop is stopped after so many seconds, and costs the points of its own exercise only.
c.Execute.timeout = 60
c.Execute.interrupt_on_timeout = True
'''
HIDDEN_SEEDS = (1, 2)  # every reference is known to pass with these
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def main(arguments: list[str]) -> int:
    """Write the course, and say what to do with it."""
    parser = argparse.ArgumentParser(prog="python -m kvgrade.assignments", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("_build/assignments"), help="the course's folder")
    parser.add_argument(
        "--seeds", type=seeds, default=HIDDEN_SEEDS, help="of the inputs of hidden tests, such as 17,42"
    )
    options = parser.parse_args(arguments)
    root = find_root()
    solutions = root.parent / "solutions"
    if not solutions.is_dir():
        print("kvgrade: this copy has no solutions, and an assignment is made from them.", file=sys.stderr)
        return 1
    written = write_course(find_exercises(root), solutions, options.out, options.seeds)
    print(*written, sep="\n")
    print(f"\nNext, in {options.out}: nbgrader generate_assignment {written[0].stem}")
    return 0


def seeds(text: str) -> tuple[int, ...]:
    """``"1,2"`` as numbers."""
    return tuple(int(part) for part in text.split(","))


def write_course(exercises: list[Exercise], solutions: Path, out: Path, hidden: tuple[int, ...]) -> list[Path]:
    """Write all notebooks, and nbgrader's configuration unless there is one; return the notebooks' paths."""
    config = out / "nbgrader_config.py"
    out.mkdir(parents=True, exist_ok=True)
    if not config.exists():
        config.write_text(CONFIG, encoding="utf-8")
    written = []
    for folder, group in groupby(exercises, key=lambda exercise: exercise.path.parent.name):
        path = out / "source" / folder / f"{folder}.ipynb"
        write_notebook(notebook(list(chapter_cells(list(group), solutions, hidden))), path)
        written.append(path)
    return written


def notebook(cells: list[Cell]) -> dict[str, Any]:
    """Cells as a notebook, in the form in which a file holds it."""
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": KERNEL, "cells": cells}


def write_notebook(content: dict[str, Any], path: Path) -> None:
    """Check a notebook's form and write it, with Jupyter's own package.

    Raises
    ------
    nbformat.ValidationError
        No notebook has this form.
    """
    nbformat = importlib.import_module("nbformat")
    path.parent.mkdir(parents=True, exist_ok=True)
    node = nbformat.from_dict(content)
    nbformat.validate(node)
    nbformat.write(node, path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
