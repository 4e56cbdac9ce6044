"""Your line goes through the origin. A step costs something before it has read any text: its weights, and its calls."""

import numpy as np


def fit_line(lengths, seconds):
    if len(set(lengths)) < 2:
        raise ValueError("two different lengths are needed")
    return 0.0, float(np.median(np.array(seconds) / np.array(lengths)))


def run_seconds(n_prompt, n_new, recomputed, cached=None):
    line = recomputed if cached is None else cached
    later = range(n_prompt + 1, n_prompt + n_new)
    return recomputed[0] + recomputed[1] * n_prompt + sum(line[0] + line[1] * n for n in later)
