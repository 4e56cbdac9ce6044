"""You take slopes between neighbours only. A disturbed measurement spoils two of these few; take all pairs."""

from itertools import pairwise

import numpy as np


def fit_line(lengths, seconds):
    points = sorted(zip(lengths, seconds, strict=True))
    slopes = [(t - s) / (n - m) for (m, s), (n, t) in pairwise(points) if m != n]
    if not slopes:
        raise ValueError("two different lengths are needed")
    b = float(np.median(slopes))
    return float(np.median(np.array(seconds) - b * np.array(lengths))), b


def run_seconds(n_prompt, n_new, recomputed, cached=None):
    line = recomputed if cached is None else cached
    later = range(n_prompt + 1, n_prompt + n_new)
    return recomputed[0] + recomputed[1] * n_prompt + sum(line[0] + line[1] * n for n in later)
