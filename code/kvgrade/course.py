"""The exercises of a course: where they lie, all of them, one by its number."""

from __future__ import annotations

from pathlib import Path

from kvgrade.exercise import Exercise, read_exercise


def find_exercises(root: Path) -> list[Exercise]:
    """All exercises under ``exercises/``, in the book's order."""
    found = (read_exercise(test) for test in root.glob("[0-9][0-9]_*/tests/test_e*.py"))
    return sorted(found, key=lambda exercise: exercise.order)


def find(number: str, exercises: list[Exercise]) -> Exercise:
    """The exercise of a number.

    Raises
    ------
    ValueError
        There is none.
    """
    for exercise in exercises:
        if exercise.number == number:
            return exercise
    known = ", ".join(exercise.number for exercise in exercises)
    raise ValueError(f"there is no exercise {number}; there are {known}.")


def select(exercises: list[Exercise], wanted: list[str]) -> list[Exercise]:
    """Those whose number or chapter is wanted (``3.3``, ``3``); all if nothing is.

    Raises
    ------
    ValueError
        A number or chapter that no exercise has.
    """
    known = {name for exercise in exercises for name in (exercise.number, str(exercise.chapter))}
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"there is no exercise or chapter {unknown[0]}; name one such as 3.3, or 3.")
    return [e for e in exercises if not wanted or e.number in wanted or str(e.chapter) in wanted]


def find_root() -> Path:
    """The folder ``exercises`` here, above, or beside the package.

    Raises
    ------
    ValueError
        There is none.
    """
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if holds_exercises(folder / "exercises"):
            return folder / "exercises"
    raise ValueError(f"there is no folder `exercises` in or above {here}: go to the project's folder.")


def holds_exercises(folder: Path) -> bool:
    """Whether this is a folder of chapters with exercises."""
    return any(folder.glob("[0-9][0-9]_*/tests/*.toml"))
