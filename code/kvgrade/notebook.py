"""The same verdict in a notebook: ``check("3.3", my_function)``."""

from __future__ import annotations

import ast
import inspect
import warnings
from pathlib import Path
from typing import Any

from kvgrade.answer import Answer, quiet
from kvgrade.exercise import Exercise, find_exercises
from kvgrade.expectations import Wrong
from kvgrade.grade import verdict_of
from kvgrade.hints import find
from kvgrade.judge import Job, Outcome, first_wrong, judge_items, load_tests
from kvgrade.mistakes import outcomes, read_mistakes, recognise
from kvgrade.table import block
from kvgrade.verdict import Verdict


def check(number: str, *objects: Any, seed: int = 0) -> None:
    """Judge what this notebook defines, and print the verdict.

    Parameters
    ----------
    number : str
        The exercise, such as ``"3.3"``.
    objects : functions or classes
        What the exercise asks for. A single one may have any name; several are told apart by theirs.
    seed : int
        Of the random inputs.

    Raises
    ------
    ValueError
        No such exercise, or not the functions that it asks for.
    """
    print(*block(judge_objects(number, *objects, seed=seed)), sep="\n")


def require(number: str, item: str, *objects: Any, seed: int = 0) -> None:
    """For cells that give points: nothing happens if this item passes.

    Parameters
    ----------
    number, objects, seed
        As for `check`.
    item : str
        ``correct`` or ``efficient``.

    Raises
    ------
    Wrong
        The item does not pass; with the lines that `check` prints.
    """
    verdict = judge_objects(number, *objects, seed=seed, until=item)
    if verdict.items[item].outcome != "passed":
        raise Wrong("\n".join([verdict.headline or "to do", *verdict.lines()]))


def judge_objects(number: str, *objects: Any, seed: int = 0, until: str | None = None) -> Verdict:
    """The verdict on functions or classes, judged in this process; perhaps only up to one item."""
    exercise = find(number, find_exercises(find_root()))
    names, points = named(exercise, objects), tuple(exercise.points)
    if until is not None and until not in points:
        raise ValueError(f"exercise {number} has points for {', '.join(points)}, not for {until!r}.")
    asked = points[: points.index(until) + 1] if until else points
    job = Job(exercise.test, "", made_in(objects[0]), asked, seed)
    tests, answer = load_tests(exercise.test), Answer(names, "the notebook")
    mistake = None
    with quiet() as printed, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        items = judge_items(tests, answer, job)
        if any(item.headline == "it raises KeyboardInterrupt" for item in items.values()):
            raise KeyboardInterrupt  # whoever stopped an endless loop does not want the next one
        said_by_then = printed.getvalue()  # the probes below may print, too
        if failed := first_wrong(items):
            mistake = recognise(outcomes(tests, answer), failed, read_mistakes(exercise.mistakes, exercise.name))
    return verdict_of(exercise, Outcome(items, mistake, said_by_then))


def made_in(thing: Any) -> str:
    """The file, or cell, that a function or the first method of a class was written in."""
    parts = [thing, *vars(thing).values()] if isinstance(thing, type) else [thing]
    codes = (getattr(inspect.unwrap(part), "__code__", None) for part in parts if callable(part))
    return next((str(code.co_filename) for code in codes if code), "the notebook")


def named(exercise: Exercise, objects: tuple[Any, ...]) -> dict[str, Any]:
    """The objects under the names that the exercise gives them."""
    wanted = public_names(exercise.path)
    if len(objects) == len(wanted) == 1:
        return {wanted[0]: objects[0]}
    given = {getattr(one, "__name__", repr(one)): one for one in objects}
    if missing := [name for name in wanted if name not in given]:
        asked = ", ".join(wanted)
        raise ValueError(f"exercise {exercise.number} asks for {asked}, and {', '.join(missing)} was not given.")
    return given


def public_names(path: Path) -> list[str]:
    """The functions and classes that a stub asks for."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    definitions = (ast.FunctionDef, ast.ClassDef)
    return [node.name for node in tree.body if isinstance(node, definitions) and not node.name.startswith("_")]


def find_root() -> Path:
    """The folder ``exercises`` here, above, or beside the package."""
    here = Path.cwd().resolve()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[2]):
        if any((folder / "exercises").glob("[0-9][0-9]_*/tests/*.toml")):
            return folder / "exercises"
    raise ValueError(f"there is no folder `exercises` in or above {here}: start the notebook in the project.")
