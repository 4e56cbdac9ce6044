"""5.4 A benchmark of your own"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Result:
    """What is known about one arm: its seconds by round, and what they come to."""

    seconds: tuple[float, ...]
    median: float
    spread: float
    speedup: float


def benchmark(
    arms: Mapping[str, Callable[[], Iterable[int]]], clock: Callable[[], float], rounds: int = 5
) -> dict[str, Result]:
    """Equality first, off the clock; then rounds, in which neighbours change places."""
    if not arms or rounds < 1:
        raise ValueError(f"{len(arms)} arms and {rounds} rounds: there must be at least one of each.")
    names = list(arms)
    baseline = names[0]
    expected = list(arms[baseline]())
    for name in names[1:]:
        _require_same(name, list(arms[name]()), expected)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            start = clock()
            tokens = list(arms[name]())
            seconds[name].append(clock() - start)
            _require_same(name, tokens, expected)
    return {name: _result(seconds[name], seconds[baseline]) for name in names}


def _require_same(name: str, tokens: list[int], expected: list[int]) -> None:
    """Lists differ if one is the beginning of the other; pairs from ``zip`` would not show that."""
    if tokens != expected:
        raise ValueError(f"{name} wrote {tokens}, the baseline {expected}: their times are of different jobs.")


def _result(seconds: list[float], baseline: list[float]) -> Result:
    """Medians, which one interrupted run does not move."""
    if min(seconds) <= 0:
        raise ValueError("a run took 0 s by the clock, so there is no ratio: use a finer clock, or longer runs.")
    median = float(np.median(seconds))
    ratios = np.array(baseline) / np.array(seconds)
    return Result(tuple(seconds), median, (max(seconds) - min(seconds)) / median, float(np.median(ratios)))
