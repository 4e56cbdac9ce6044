"""You keep the same number of tokens in every row: each row needs as many as its own probabilities ask for."""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    order = np.argsort(-logits, axis=1, kind="stable")
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = np.take_along_axis(shares / shares.sum(axis=1, keepdims=True), order, axis=1)
    n_kept = (np.cumsum(shares, axis=1) - shares < p).sum(axis=1).max()
    filtered = logits.copy()
    np.put_along_axis(filtered, order[:, n_kept:], -np.inf, axis=1)
    return filtered
