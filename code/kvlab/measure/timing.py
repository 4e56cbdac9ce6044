"""A duration that remembers what was done in it, and runs that meet the same moods of the machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from kvlab.cache.checks import require_count

Run = tuple[list[int], list[float]]  # tokens, seconds after the start at which each was known
Arm = Callable[[int], Iterator[int]]  # a way to generate so many tokens


class Timing(float):
    """Median seconds of several equal runs: a float that remembers what it timed.

    Attributes
    ----------
    runs : tuple of float
        Seconds of each run, in the order they were made.
    tokens : tuple of int
        What every run generated.
    token_seconds : tuple of float
        For each token, the median seconds that it took; the first includes the prompt.

    Raises
    ------
    ValueError
        When divided by the timing of other tokens: such a ratio compares two different jobs.
    """

    runs: tuple[float, ...]
    tokens: tuple[int, ...]
    token_seconds: tuple[float, ...]

    def __new__(cls, runs: Sequence[Run]) -> Timing:
        """From runs that must all have generated the same tokens."""
        tokens = tuple(runs[0][0])
        for other, _ in runs[1:]:
            require_same(tokens, tuple(other))
        seconds = [stamps[-1] for _, stamps in runs]
        timing = super().__new__(cls, np.median(seconds))
        timing.runs, timing.tokens = tuple(seconds), tokens
        gaps = np.diff([[0.0, *stamps] for _, stamps in runs], axis=1)  # [runs, tokens]
        timing.token_seconds = tuple(np.median(gaps, axis=0).tolist())
        return timing

    @property
    def spread(self) -> float:
        """Slowest run minus fastest, over the median: 0.05 says that runs lay within five percent."""
        return (max(self.runs) - min(self.runs)) / float(self)

    @property
    def tokens_per_second(self) -> float:
        """Tokens generated per second, the prompt's time included."""
        return len(self.tokens) / float(self)

    def __truediv__(self, other: float) -> float:
        """Seconds over seconds; two timings must have written the same tokens."""
        if isinstance(other, Timing):
            require_same(self.tokens, other.tokens)
        return float(self) / float(other)

    def __repr__(self) -> str:
        return f"Timing({float(self):.3g} s median of {len(self.runs)}, spread {self.spread:.0%})"


@dataclass(frozen=True)
class Comparison:
    """Both ways of generating, run in turn on the same model and prompt."""

    standard: Timing
    cached: Timing

    @property
    def speedup(self) -> float:
        """Median seconds without a cache over median seconds with one."""
        return self.standard / self.cached

    @property
    def speedup_range(self) -> tuple[float, float]:
        """The least and greatest ratio among the pairs of runs that were made one after the other."""
        ratios = [a / b for a, b in zip(self.standard.runs, self.cached.runs, strict=True)]
        return min(ratios), max(ratios)


def interleaved(arms: Sequence[Arm], n: int, repeats: int) -> list[list[Run]]:
    """Every arm once untimed, for two tokens; then all arms in turn, ``repeats`` times."""
    require_count("max_new_tokens", n)
    require_count("repeats", repeats)
    for arm in arms:
        list(arm(min(2, n)))
    rounds = [[_run(arm, n) for arm in arms] for _ in range(repeats)]
    return [[round_[i] for round_ in rounds] for i in range(len(arms))]


def _run(arm: Arm, n: int) -> Run:
    tokens, stamps = [], []
    start = time.perf_counter()
    for token in arm(n):
        tokens.append(token)
        stamps.append(time.perf_counter() - start)
    return tokens, stamps


def require_same(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    """Refuse two runs whose tokens differ, naming the first that does."""
    if left == right:
        return
    differing = (i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b)
    where = next(differing, min(len(left), len(right)))
    raise ValueError(
        f"these two runs generated different tokens, from number {where} on: their times are of different jobs. "
        "Give both the same model, prompt and count; if they have it, one of them is wrong or met a near-tie."
    )
