"""What the steps of `how_often` computed, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.words import in_rows, shown

Counts = NDArray[np.int64]


def first_time(counts: Counts) -> NDArray[np.bool_]:
    """Whether a row was computed for the first time in a step, [steps, positions]."""
    before = np.vstack([np.zeros_like(counts[:1]), counts[:-1]])
    first: NDArray[np.bool_] = (counts > 0) & (before == 0)
    return first


def captions(tokens: Sequence[str], recomputed: Counts, cached: Counts) -> list[str]:
    """Say what each step computed."""
    work = [np.diff(counts, axis=0, prepend=0).sum(axis=1) for counts in (recomputed, cached)]
    repeats = work[0] - first_time(recomputed).sum(axis=1)
    rows = (recomputed > 0).sum(axis=1)
    said = []
    for step, count in enumerate(rows):
        read = f"reads “{shown(tokens[count - 1], 30)}”" if step else "reads the prompt"
        picked = f" and picks “{shown(tokens[count], 30)}”" if count < len(tokens) else ""
        again = f", {repeats[step]:,} of them again" if repeats[step] else ""
        said.append(
            f"Step {step + 1} {read}{picked}. Without a cache it computes {in_rows(work[0][step])}{again}; "
            f"with a cache, {in_rows(work[1][step])}."
        )
    return said


def description(tokens: Sequence[str], recomputed: Counts, cached: Counts) -> str:
    """Say what all steps computed together."""
    first = recomputed[-1, 0]
    totals = [int(counts[-1].sum()) for counts in (recomputed, cached)]
    return (
        f"After {len(recomputed)} steps, the first token's key and value have been computed {first:,} times "
        f"without a cache and {cached[-1, 0]} with one; all rows together {totals[0]:,} times and {totals[1]:,}."
    )
