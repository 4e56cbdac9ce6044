"""5.3 Long runs, added up"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np


def fit_line(lengths: Sequence[int], seconds: Sequence[float]) -> tuple[float, float]:
    """Theil (1950) and Sen (1968): a disturbed measurement spoils some slopes, and the median passes them over."""
    points = list(zip(lengths, seconds, strict=True))
    slopes = [(t - s) / (n - m) for (m, s), (n, t) in combinations(points, 2) if m != n]
    if not slopes:
        raise ValueError(f"the lengths are {list(lengths)}: a line needs two that differ.")
    b = float(np.median(slopes))
    return float(np.median([s - b * n for n, s in points])), b


def run_seconds(
    n_prompt: int, n_new: int, recomputed: tuple[float, float], cached: tuple[float, float] | None = None
) -> float:
    """The prompt's pass gives the first token, whatever comes after it; the others add up in closed form."""
    a, b = recomputed
    prompt = a + b * n_prompt
    if cached is not None:
        a, b = cached
    mean_length = n_prompt + n_new / 2  # of the texts of the later steps, n_prompt + 1 to n_prompt + n_new - 1 tokens
    return prompt + (n_new - 1) * (a + b * mean_length)
