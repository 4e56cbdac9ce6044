"""You compare before you read. An arm may return a generator, which equals no list and has not done its work."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Result:
    seconds: tuple[float, ...]
    median: float
    spread: float
    speedup: float


def benchmark(arms, clock, rounds=5):
    if not arms or rounds < 1:
        raise ValueError(f"{len(arms)} arms and {rounds} rounds: there must be at least one of each.")
    names = list(arms)
    warm = {name: list(arm()) for name, arm in arms.items()}
    for name in names:
        _require_same(name, warm[name], warm[names[0]])
    seconds = {name: [] for name in names}
    for number in range(rounds):
        for name in names if number % 2 == 0 else reversed(names):
            start = clock()
            tokens = arms[name]()
            seconds[name].append(clock() - start)
            _require_same(name, tokens, warm[names[0]])
    return {name: _result(seconds[name], seconds[names[0]]) for name in names}


def _require_same(name, tokens, expected):
    if tokens != expected:
        raise ValueError(f"{name} wrote {tokens}, the baseline {expected}: their times are of different jobs.")


def _result(seconds, baseline):
    median = float(np.median(seconds))
    ratios = np.array(baseline) / np.array(seconds)
    return Result(tuple(seconds), median, (max(seconds) - min(seconds)) / median, float(np.median(ratios)))
