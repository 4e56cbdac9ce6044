"""5.3 Long runs, added up

A run of thousands of tokens need not be timed: its steps can be measured at a few lengths, and the rest is a sum.
Two functions do it.

`fit_line` takes lengths of text and the seconds that a step took at each of them, and returns `a` and `b` of the line
`a + b * length`. One measurement may have met a busy moment, and must not bend the line. So the slope `b` is the
*median of the slopes between all pairs* of measurements, and `a` is the median of `seconds - b * length`. (Two
measurements at the same length have no slope between them and form no pair.) This is the line of Theil and Sen.

`run_seconds` adds up a whole run. Its steps are those of the chapter: a pass over the prompt gives the first token;
every later token takes one step more, over a text that is one token longer. Without a cache, each step is a pass over
all of its text. With one, only the first is: each later step costs what the second line says at its length.
"""

from collections.abc import Sequence


def fit_line(lengths: Sequence[int], seconds: Sequence[float]) -> tuple[float, float]:
    """The line through measured steps that one bad measurement does not bend.

    Parameters
    ----------
    lengths : sequence of int
        Tokens of the text at each measured step, in any order; a length may occur more than once.
    seconds : sequence of float
        What each of these steps took.

    Returns
    -------
    a, b : float
        Seconds, and seconds a token. The median of an even count is the mean of the middle two.

    Raises
    ------
    ValueError
        There are not two different lengths, or not as many seconds as lengths.

    Examples
    --------
    Four steps that lie on `1 + 0.5 * length`, and one that was disturbed:

    >>> fit_line([2, 4, 6, 8, 10], [2.0, 3.0, 4.0, 5.0, 50.0])
    (1.0, 0.5)
    """
    raise NotImplementedError("5.3: write the body of fit_line")


def run_seconds(
    n_prompt: int, n_new: int, recomputed: tuple[float, float], cached: tuple[float, float] | None = None
) -> float:
    """Seconds of a run that reads a prompt and writes tokens.

    Parameters
    ----------
    n_prompt, n_new : int
        Tokens of the prompt, and tokens written; both at least 1.
    recomputed : (a, b)
        A pass over a whole text of T tokens takes `a + b * T` seconds.
    cached : (a, b), optional
        A step of one token takes `a + b * T` seconds with the other T - 1 in the cache. Left out, the run has no cache.

    Returns
    -------
    float

    Examples
    --------
    A prompt of 3 and 4 tokens to write: passes over 3, 4, 5 and 6 tokens.

    >>> run_seconds(3, 4, recomputed=(0.0, 1.0))
    18.0
    >>> run_seconds(3, 4, recomputed=(0.0, 1.0), cached=(2.0, 0.0))
    9.0
    """
    raise NotImplementedError("5.3: write the body of run_seconds")
