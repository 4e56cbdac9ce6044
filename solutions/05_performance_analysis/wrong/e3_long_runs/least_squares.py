"""You fit by least squares: the squared distance of one disturbed measurement bends your whole line."""

import numpy as np


def fit_line(lengths, seconds):
    if len(set(lengths)) < 2:
        raise ValueError("two different lengths are needed")
    b, a = np.polyfit(lengths, seconds, 1)
    return float(a), float(b)


def run_seconds(n_prompt, n_new, recomputed, cached=None):
    line = recomputed if cached is None else cached
    later = range(n_prompt + 1, n_prompt + n_new)
    return recomputed[0] + recomputed[1] * n_prompt + sum(line[0] + line[1] * n for n in later)
