"""Three hints an exercise, one at a time."""

from __future__ import annotations

from kvgrade.exercise import Exercise


def hint_lines(exercise: Exercise, seen: int) -> list[str]:
    """The next hint after ``seen`` of them; after the last, all of them again."""
    n = len(exercise.hints)
    if seen >= n:
        again = [f"{i}. {hint}" for i, hint in enumerate(exercise.hints, 1)]
        return [f"{exercise.number} {exercise.title}: that was the last hint. All {n} again:", *again]
    return [f"{exercise.number} {exercise.title}: hint {seen + 1} of {n}", exercise.hints[seen]]
