"""What is to be judged, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kvgrade.mistakes import Mistake
from kvgrade.verdict import Item


@dataclass(frozen=True)
class Job:
    """What is to be judged.

    Attributes
    ----------
    test : Path
        The file of the tests.
    source, shown_as : str
        The answer's text, and its path as the learner knows it.
    items : tuple of str
        The tests to run, ``correct`` first.
    seed : int
        Of the random inputs.
    mistakes : tuple of Mistake
        Those that can be named.
    limit : float
        Seconds until it is stopped, where it has a process of its own.
    """

    test: Path
    source: str
    shown_as: str
    items: tuple[str, ...]
    seed: int = 0
    mistakes: tuple[Mistake, ...] = ()
    limit: float = 10.0


@dataclass(frozen=True)
class Outcome:
    """What came of it: one entry an item, a known mistake if it was one, and what the answer printed."""

    items: dict[str, Item]
    mistake: Mistake | None = None
    printed: str = ""


def all_items(job: Job, outcome: str, headline: str = "", *lines: str) -> dict[str, Item]:
    """The same for every item."""
    return {name: Item(outcome, headline, list(lines)) for name in job.items}
