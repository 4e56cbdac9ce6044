"""With p = 1 your sum rounds to 1 before its end, and the unlikeliest tokens are removed."""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    order = np.argsort(-logits, axis=1, kind="stable")
    shares = np.exp(logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    shares = np.take_along_axis(shares / shares.sum(axis=1, keepdims=True), order, axis=1)
    removed = np.cumsum(shares, axis=1) - shares >= p
    filtered = logits.copy()
    rows, places = np.nonzero(removed)
    filtered[rows, order[rows, places]] = -np.inf
    return filtered
