"""The same verdict in a notebook: ``check("3.3", my_function)``."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

from kvgrade.answer import Answer
from kvgrade.course import find, find_exercises, find_root
from kvgrade.exercise import Exercise
from kvgrade.grade import job_of, verdict_of
from kvgrade.job import Outcome
from kvgrade.judge import diagnose, judge_items, load_tests
from kvgrade.quiet import quiet
from kvgrade.stub import public_names
from kvgrade.table import block
from kvgrade.verdict import Verdict
from kvgrade.wrong import Wrong


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
    ValueError
        As `check`; or the exercise has no points for this item.
    """
    verdict = judge_objects(number, *objects, seed=seed, until=item)
    if verdict.items[item].outcome != "passed":
        raise Wrong("\n".join([verdict.headline or "to do", *verdict.lines()]))


def judge_objects(number: str, *objects: Any, seed: int = 0, until: str | None = None) -> Verdict:
    """The verdict on functions or classes, judged in this process; perhaps only up to one item.

    Raises
    ------
    ValueError
        No such exercise or item, or not the functions that it asks for.
    KeyboardInterrupt
        Somebody has stopped it.
    """
    exercise = find(number, find_exercises(find_root()))
    answer = Answer(named(exercise, objects), "the notebook")
    job = replace(job_of(exercise, "", made_in(objects[0]), seed=seed), items=items_until(exercise, until))
    tests = load_tests(exercise.test)
    with quiet() as printed:
        items = judge_items(tests, answer, job)
        if any(item.headline == "it raises KeyboardInterrupt" for item in items.values()):
            raise KeyboardInterrupt  # whoever stopped an endless loop does not want the next one
        said_by_then = printed.getvalue()  # the probes below may print, too
        mistake = diagnose(tests, answer, items, job.mistakes)
    return verdict_of(exercise, Outcome(items, mistake, said_by_then))


def items_until(exercise: Exercise, last: str | None) -> tuple[str, ...]:
    """The items that are judged: all, or those up to one of them."""
    items = tuple(exercise.points)
    if last is None:
        return items
    if last not in items:
        raise ValueError(f"exercise {exercise.number} has points for {', '.join(items)}, not for {last!r}.")
    return items[: items.index(last) + 1]


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
