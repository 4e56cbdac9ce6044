"""What the appends of `three_stores` wrote, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.words import in_rows

Counts = NDArray[np.int64]

STORES = ("list", "concatenate", "buffer")


def checked(rows_written: Mapping[str, Any]) -> dict[str, Counts]:
    """The counts as arrays, or ValueError if a store is missing or was counted for longer than another."""
    if set(rows_written) != set(STORES):
        raise ValueError(f"give the rows written by {', '.join(STORES)}, not by {', '.join(rows_written)}.")
    totals = {store: np.asarray(rows_written[store], dtype=np.int64) for store in STORES}
    if len({len(counts) for counts in totals.values()}) > 1:
        raise ValueError("the stores were counted over different numbers of appends.")
    return totals


def by_append(total: Counts) -> Counts:
    """Rows written by each append alone, ``[appends]``."""
    steps: Counts = np.diff(total, prepend=0)
    return steps


def caption(totals: Mapping[str, Counts], i: int) -> str:
    """Say what an append wrote, and what was written so far."""
    now = {store: int(by_append(totals[store])[i]) for store in STORES}
    return (
        f"Append {i + 1}: the list keeps one row and stacks {now['list'] - 1} to be read; concatenation writes "
        f"{in_rows(now['concatenate'])}; the buffer writes {in_rows(now['buffer'])}. In all so far: "
        f"{totals['list'][i]:,}, {totals['concatenate'][i]:,} and {totals['buffer'][i]:,}."
    )


def description(totals: Mapping[str, Counts], slots: int) -> str:
    """Say what all appends wrote together."""
    return (
        f"After {len(totals['list'])} appends the list has written "
        f"{totals['list'][-1]} rows, concatenation {totals['concatenate'][-1]} and the buffer {totals['buffer'][-1]}. "
        f"The buffer holds {slots} rows from the start; the others hold what is used."
    )
