"""One line of the comparison: a job, and what each engine took for it in every round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kvlab.measure.rounds import Rounds


@dataclass(frozen=True)
class Row:
    """A job's times.

    Attributes
    ----------
    job : str
        What was done, such as ``decode at 512``.
    seconds : mapping of str to sequence of float
        Of each engine, one for every round that was kept.
    floor : float or None
        Seconds that reading the job's bytes takes at the bandwidth measured in the same rounds.
    dropped : int
        Rounds left out because the machine was busy.
    """

    job: str
    seconds: Mapping[str, Sequence[float]]
    floor: float | None = None
    dropped: int = 0

    @classmethod
    def of(cls, job: str, rounds: Rounds, *, floor: float | None = None) -> Row:
        """From rounds; what is named ``probe`` among them is no engine."""
        kept = {name: tuple(times) for name, times in rounds.seconds.items() if name != "probe"}
        return cls(job, kept, floor, rounds.dropped)

    def median(self, engine: str) -> float:
        """Median seconds of an engine."""
        return float(np.median(self.seconds[engine]))

    def spread(self, engine: str) -> float:
        """The middle half of an engine's rounds, third quartile less first, over the median."""
        low, high = np.percentile(self.seconds[engine], [25, 75])
        return float(high - low) / self.median(engine)

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in seconds with four digits."""
        seconds = {name: [float(f"{x:.4g}") for x in times] for name, times in self.seconds.items()}
        floor = None if self.floor is None else float(f"{self.floor:.4g}")
        return {"job": self.job, "seconds": seconds, "floor": floor, "dropped": self.dropped}


@dataclass(frozen=True)
class Summary:
    """A job in several runs of the whole comparison: medians of the runs' medians.

    Attributes
    ----------
    job : str
    seconds : mapping of str to float
    floor : float or None
    over_floor : mapping of str to float
        Of each engine's seconds to the floor, the median of the runs' own ratios; empty where there is no floor.
    runs : int
    ratios : mapping of str to float
        Of the others' seconds to the reference's, each the median of the runs' own.
    """

    job: str
    seconds: Mapping[str, float]
    floor: float | None = None
    over_floor: Mapping[str, float] = field(default_factory=dict)
    runs: int = 1
    ratios: Mapping[str, float] = field(default_factory=dict)


def summarise(runs: Sequence[Sequence[Row]], *, reference: str = "kvlab") -> list[Summary]:
    """One summary for each job that all runs have, in the order of the first."""
    by_job = [{row.job: row for row in run} for run in runs]
    return [_summary([rows[job] for rows in by_job], reference) for job in by_job[0] if all(job in r for r in by_job)]


def _summary(rows: Sequence[Row], reference: str) -> Summary:
    """Ratios are taken within a run, then their median over the runs."""
    engines = [name for name in rows[0].seconds if all(name in row.seconds for row in rows)]
    seconds = {name: float(np.median([row.median(name) for row in rows])) for name in engines}
    ratios = {
        name: float(np.median([row.median(name) / row.median(reference) for row in rows]))
        for name in engines
        if name != reference and reference in engines
    }
    floors = [row.floor for row in rows if row.floor is not None]
    if len(floors) < len(rows):
        return Summary(rows[0].job, seconds, runs=len(rows), ratios=ratios)
    over = {
        name: float(np.median([row.median(name) / floor for row, floor in zip(rows, floors, strict=True)]))
        for name in engines
    }
    return Summary(rows[0].job, seconds, float(np.median(floors)), over, len(rows), ratios)
