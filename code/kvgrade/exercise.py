"""What an exercise is made of, and where its files lie.

    exercises/03_cached_attention/e3_window_mask.py               the stub, which the learner edits
    exercises/03_cached_attention/tests/test_e3_window_mask.py    its tests
    exercises/03_cached_attention/tests/e3_window_mask.toml       title, kind, points, minutes, hints
    exercises/03_cached_attention/tests/mistakes.json             what known wrong answers return (recorded)
    solutions/03_cached_attention/e3_window_mask.py               the reference
    solutions/03_cached_attention/wrong/e3_window_mask/*.py       the known wrong answers

The folder and the file name give the number: this is exercise 3.3.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

KINDS = ("write", "build", "fix", "predict", "shrink")
ITEMS = ("correct", "efficient")


@dataclass(frozen=True)
class Exercise:
    """One exercise: its card and its files.

    Attributes
    ----------
    path : Path
        The stub in ``exercises/``, whichever answer is graded.
    kind : str
        One of `KINDS`.
    points : dict
        Points by item: ``correct``, and ``efficient`` where the exercise has that test.
    minutes : int
        How long it takes a reader of the chapter, about.
    seconds : float
        How long its tests may run before they are stopped.
    """

    path: Path
    title: str
    kind: str
    points: dict[str, int]
    minutes: int
    hints: tuple[str, ...]
    seconds: float = 10.0

    @property
    def name(self) -> str:
        """Its file's name without the suffix, ``e3_window_mask``."""
        return self.path.stem

    @property
    def chapter(self) -> int:
        """The number of its chapter."""
        return int(self.path.parent.name[:2])

    @property
    def number(self) -> str:
        """Chapter and place in it, ``3.3``."""
        return f"{self.chapter}.{self.order[1]}"

    @property
    def order(self) -> tuple[int, int]:
        """Chapter and place in it as numbers, to sort by."""
        place = re.match(r"e(\d+)_", self.name)
        assert place is not None, f"{self.path.name} is not named like e3_window_mask.py"
        return self.chapter, int(place[1])

    @property
    def chapter_title(self) -> str:
        """``03_cached_attention`` is Cached attention."""
        return self.path.parent.name[3:].replace("_", " ").capitalize()

    @property
    def test(self) -> Path:
        """The file of its tests."""
        return self.path.parent / "tests" / f"test_{self.name}.py"

    @property
    def mistakes(self) -> Path:
        """What known wrong answers of its chapter return."""
        return self.path.parent / "tests" / "mistakes.json"

    @property
    def total(self) -> int:
        """All its points."""
        return sum(self.points.values())

    def answer_in(self, root: Path) -> Path:
        """The file of the same place under another root: a submission, or ``solutions``."""
        return root / self.path.parent.name / self.path.name


def read_exercise(test: Path) -> Exercise:
    """The exercise of a test file.

    Raises
    ------
    ValueError
        Its card is missing, or says something that no exercise can be.
    """
    name = test.stem.removeprefix("test_")
    card = test.with_name(f"{name}.toml")
    if not card.exists():
        raise ValueError(f"{test.name} has no card: write {card.name} beside it, with title, kind, points, hints.")
    fields = tomllib.loads(card.read_text(encoding="utf-8"))
    hints = tuple(hint.strip() for hint in fields.pop("hints"))
    exercise = Exercise(path=test.parent.parent / f"{name}.py", hints=hints, **fields)
    if exercise.kind not in KINDS or not set(exercise.points) <= set(ITEMS):
        raise ValueError(f"{card.name}: kind is one of {KINDS}, and points are for {ITEMS}.")
    return exercise
