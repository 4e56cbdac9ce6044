"""The steps of `score_matrix`: what each computes, from masks of positions, and that in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvlab.model.attention import visible


class Frame(NamedTuple):
    """One step of one run."""

    run: str
    number: int  # of the step, from 1
    rows: range  # positions whose queries ran
    done: NDArray[np.bool_]  # [T, T] computed in this step
    before: NDArray[np.bool_]  # [T, T] computed in an earlier step of this run
    total: int  # entries so far in this run

    @property
    def entries(self) -> int:
        """Entries computed in this step."""
        return int(self.done.sum())

    @property
    def again(self) -> int:
        """Those of them that an earlier step had computed."""
        return int((self.done & self.before).sum())


def run_frames(run: str, steps: Sequence[range], length: int) -> list[Frame]:
    """The frames of one run, its masks from positions."""
    seen, frames, total = np.zeros((length, length), bool), [], 0
    for number, rows in enumerate(steps, 1):
        done = np.zeros_like(seen)
        done[rows.start : rows.stop, : rows.stop] = visible(np.array(rows), np.arange(rows.stop))
        total += int(done.sum())
        frames.append(Frame(run, number, rows, done, seen, total))
        seen = seen | done
    return frames


def most_repeated(frames: Sequence[Frame]) -> int:
    """The step that repeats most: the finding, for those who do not move the slider."""
    return int(np.argmax([frame.again for frame in frames]))


def caption(frame: Frame) -> str:
    """Say what a step computed."""
    count, again = frame.entries, frame.again
    first, last = frame.rows.start, frame.rows.stop - 1
    asks = f"query {first} asks" if first == last else f"queries {first} to {last} ask"
    repeats = f", {again:,} of them a second time or more" if again else ""
    return (
        f"{frame.run[0].upper()}{frame.run[1:]}, step {frame.number}: {asks} keys 0 to {last}. "
        f"{count:,} {'entry' if count == 1 else 'entries'}{repeats}; {frame.total:,} so far."
    )


def description(frames: Sequence[Frame]) -> str:
    """Say what each run computed in all."""
    totals: dict[str, int] = {frame.run: frame.total for frame in frames}  # the last step's stays
    sums = "; ".join(f"{run}, {total:,}" for run, total in totals.items())
    return f"Rows are queries, columns are keys. Entries of the score matrix computed in all: {sums}."
