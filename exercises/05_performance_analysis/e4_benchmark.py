"""5.4 A benchmark of your own

Build the chapter's benchmark under a changed contract: any number of arms, and a clock that is handed in, so that it
can be tested without waiting. An *arm* is a function without arguments that writes some tokens and returns them as an
iterable: a list, a tuple, or a generator that does its work only when it is read. The first arm is the baseline.

1. *Warm up, and equality first.* Before the clock is read for the first time, every arm runs once to its end, and its
   tokens must be those of the baseline: as many, and the same at every position.
2. *Take turns.* A round runs every arm once. The first round goes through the arms in the order given, the second in
   the opposite order, the third as the first, and so on: then no arm is always the one that runs after another.
3. *The whole run, and nothing else.* A run lasts from just before the arm is called until its last token is there.
   Comparing tokens is not part of it.
4. *Every run is checked.* An arm that writes other tokens in a later round has done another job, too.
5. *Report* for each arm what `Result` says. A speedup is a ratio within a round; the median of these ratios is
   reported, because two runs of one round met the same mood of the machine. A clock can be too coarse: if it shows
   0 seconds for a run, there is no ratio, and the report is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What is known about one arm.

    Attributes
    ----------
    seconds : tuple of float
        One entry a round, in the order of the rounds.
    median : float
        Of the seconds; of an even number of rounds, the mean of the middle two.
    spread : float
        Slowest minus fastest, over the median.
    speedup : float
        Median over the rounds of the baseline's seconds over this arm's seconds in the same round.
    """

    seconds: tuple[float, ...]
    median: float
    spread: float
    speedup: float


def benchmark(
    arms: Mapping[str, Callable[[], Iterable[int]]], clock: Callable[[], float], rounds: int = 5
) -> dict[str, Result]:
    """Time arms that do the same job.

    Parameters
    ----------
    arms : mapping of a name to a function that returns an iterable of int
        The first is the baseline.
    clock : function that returns a float
        Seconds since some moment, as `time.perf_counter` does. Time passes only while arms run.
    rounds : int
        At least 1.

    Returns
    -------
    dict of Result
        By the arms' names, in their order.

    Raises
    ------
    ValueError
        There is no arm, or rounds is below 1: nothing has been run then. Or an arm wrote other tokens than the
        baseline's warm-up, in any run; if it did so in its own warm-up, the clock has not been read. Or some run of a
        round took 0 seconds by the clock.

    Examples
    --------
    A clock that counts its readings, so that every run seems to take a second:

    >>> import itertools
    >>> readings = itertools.count()
    >>> benchmark({"only": lambda: [7, 8]}, lambda: float(next(readings)), rounds=2)
    {'only': Result(seconds=(1.0, 1.0), median=1.0, spread=0.0, speedup=1.0)}
    """
    raise NotImplementedError("5.4: write the body")
