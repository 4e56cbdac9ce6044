"""You charge every step at the length of the finished text. A step sees only what has been written so far."""

from itertools import combinations

import numpy as np


def fit_line(lengths, seconds):
    pairs = combinations(zip(lengths, seconds, strict=True), 2)
    slopes = [(t - s) / (n - m) for (m, s), (n, t) in pairs if m != n]
    if not slopes:
        raise ValueError("two different lengths are needed")
    b = float(np.median(slopes))
    return float(np.median(np.array(seconds) - b * np.array(lengths))), b


def run_seconds(n_prompt, n_new, recomputed, cached=None):
    line = recomputed if cached is None else cached
    last = n_prompt + n_new - 1
    return recomputed[0] + recomputed[1] * n_prompt + (n_new - 1) * (line[0] + line[1] * last)
