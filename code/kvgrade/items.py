"""An exercise as pytest sees it: a file, and in it an item for each kind of points."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kvgrade.exercise import Exercise, read_exercise
from kvgrade.verdict import Item, Verdict

KEY = "kvgrade"  # of what a report carries


class ExerciseFile(pytest.File):
    """The tests of one exercise."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each kind of points on the card."""
        exercise = read_exercise(self.path)
        for name in exercise.points:
            yield ExerciseItem.from_parent(self, name=name, exercise=exercise)


class ExerciseItem(pytest.Item):
    """*Correct* or *efficient* of one exercise."""

    def __init__(self, *, exercise: Exercise, **rest: Any) -> None:
        super().__init__(**rest)
        self.exercise = exercise
        self.extra_keyword_matches.add(exercise.number)

    def runtest(self) -> None:
        """Wait for the process that judges this exercise, and pass or fail as it says.

        Raises
        ------
        NotPassed
            The item is to do or wrong.
        """
        verdict = self.config.pluginmanager.getplugin("kvgrade-grader").verdict(self.exercise)
        self.user_properties.append((KEY, pack(verdict, self.name)))
        if verdict.items[self.name].outcome != "passed":
            raise NotPassed(verdict, self.name)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What pytest, JUnit and others print of it: no traceback, the learner's lines."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        verdict, item = excinfo.value.verdict, excinfo.value.verdict.items[self.name]
        return "to do" if item.outcome == "todo" else "\n".join([verdict.headline, *verdict.lines()])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that it is."""
        return self.path, 0, f"{self.exercise.number} {self.exercise.title}: {self.name}"


class NotPassed(Exception):
    """An item is to do or wrong."""

    def __init__(self, verdict: Verdict, name: str) -> None:
        super().__init__(verdict.items[name].headline or "to do")
        self.verdict = verdict


def pack(verdict: Verdict, name: str) -> dict[str, Any]:
    """One item of a verdict as simple values, which xdist can carry."""
    item = verdict.items[name]
    return {
        "test": str(verdict.exercise.test), "name": name, "outcome": item.outcome, "headline": item.headline,
        "lines": item.lines, "seconds": item.seconds, "says": verdict.says, "where": verdict.where,
        "link": verdict.link, "printed": verdict.printed,
    }  # fmt: skip


def unpack(entry: dict[str, Any]) -> Verdict:
    """The verdict that `pack` made simple, with its one item."""
    item = Item(entry["outcome"], entry["headline"], entry["lines"], entry["seconds"])
    more = {key: entry[key] for key in ("says", "where", "link", "printed")}
    return Verdict(read_exercise(Path(entry["test"])), {entry["name"]: item}, **more)
