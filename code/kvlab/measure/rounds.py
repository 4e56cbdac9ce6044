"""Jobs timed in turn: every round meets the same mood of the machine, and busy rounds are dropped."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kvlab.cache.checks import require_count

Job = Callable[[], float]  # does some work and returns the seconds of the part that counts
GATE = 1.5


def timed(work: Callable[[], Any], before: Callable[[], Any] | None = None) -> Job:
    """A job that times one call of ``work``; ``before`` prepares it, off the clock."""

    def job() -> float:
        if before is not None:
            before()
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return job


@dataclass(frozen=True)
class Rounds:
    """Seconds of several jobs that were run in turn.

    Attributes
    ----------
    seconds : mapping of a job's name to a tuple of float
        One entry for each round that was kept, in order.
    dropped : int
        Rounds left out because the machine was busy.
    """

    seconds: Mapping[Any, tuple[float, ...]]
    dropped: int = 0

    def median(self, name: Any) -> float:
        """Median seconds of a job."""
        return float(np.median(self.seconds[name]))

    def spread(self, name: Any) -> float:
        """Slowest minus fastest, over the median."""
        return (max(self.seconds[name]) - min(self.seconds[name])) / self.median(name)


def in_turn(jobs: Mapping[Any, Job], repeats: int, *, probe: Job | None = None, gate: float = GATE) -> Rounds:
    """Run every job once unrecorded, then all of them in turn, round after round.

    Parameters
    ----------
    jobs : mapping of a name to a Job
    repeats : int
        Rounds.
    probe : Job, optional
        Does the same work at the start of every round. A round whose probe took more than ``gate`` times
        the median probe met a busy machine, and none of its times is kept.

    Returns
    -------
    Rounds

    Raises
    ------
    ValueError
        ``repeats`` is below 1.
    """
    require_count("repeats", repeats)
    for job in jobs.values():
        job()
    probes, rounds = [], []
    for _ in range(repeats):
        probes.append(probe() if probe is not None else 1.0)
        rounds.append([job() for job in jobs.values()])
    limit = gate * float(np.median(probes))
    kept = [times for times, probed in zip(rounds, probes, strict=True) if probed <= limit]
    columns = zip(*kept, strict=True)
    return Rounds(dict(zip(jobs, columns, strict=True)), dropped=repeats - len(kept))
