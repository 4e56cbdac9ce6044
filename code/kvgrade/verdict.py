"""What came of an exercise: full, partial, wrong or to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kvgrade.exercise import Exercise


@dataclass(frozen=True)
class Item:
    """What came of one test: ``passed``, ``wrong`` or ``todo``; a headline, and lines below it."""

    outcome: str
    headline: str = ""
    lines: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """All of an exercise that was judged.

    Attributes
    ----------
    items : dict of Item
        By name, ``correct`` first.
    says, where, link : str
        A known mistake: the sentence that names it, and the project where it happened, if one shipped it.
    printed : str
        The beginning of what the answer printed.
    """

    exercise: Exercise
    items: dict[str, Item]
    says: str = ""
    where: str = ""
    link: str = ""
    printed: str = ""

    @property
    def points(self) -> int:
        """Points of the items that passed."""
        return sum(self.exercise.points[name] for name, item in self.items.items() if item.outcome == "passed")

    @property
    def state(self) -> str:
        """``full``, ``partial``, ``wrong`` or ``todo``."""
        outcomes = {item.outcome for item in self.items.values()}
        if outcomes <= {"passed"}:
            return "full" if set(self.items) == set(self.exercise.points) else "partial"
        if "passed" in outcomes:
            return "partial"
        return "todo" if outcomes == {"todo"} else "wrong"

    @property
    def headline(self) -> str:
        """The known mistake, or else the headline of the first item that is wrong."""
        return self.says or next((item.headline for item in self.items.values() if item.outcome == "wrong"), "")

    @property
    def open_at(self) -> str:
        """The line that still raises NotImplementedError, ``line 41``, if the exercise is to do."""
        return next((item.headline for item in self.items.values() if item.outcome == "todo" and item.headline), "")

    def lines(self) -> list[str]:
        """What stands below the headline."""
        wrong = next((item for item in self.items.values() if item.outcome == "wrong"), None)
        if wrong is None:
            return []
        found = [wrong.headline] if self.says and wrong.headline not in self.says else []
        found += [line for text in wrong.lines for line in text.splitlines()]
        if self.where or self.link:
            found.append(f"happened in {self.where} {self.link}".replace("  ", " ").rstrip())
        if self.printed:
            found += ["your code printed:", *("  " + line[:70] for line in self.printed.splitlines()[:6])]
        return found

    def as_dict(self) -> dict[str, Any]:
        """For ``--grade-json``."""
        return {
            "number": self.exercise.number, "name": self.exercise.name, "state": self.state,
            "points": self.points, "of": self.exercise.total, "headline": self.headline, "lines": self.lines(),
            "items": {name: item.outcome for name, item in self.items.items()}, "link": self.link,
        }  # fmt: skip
