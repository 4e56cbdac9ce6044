"""You undo the sort with the order itself: that is right only for an order that is its own inverse, such as 1, 0, 2."""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    order = np.argsort(-logits, axis=1, kind="stable")
    shares = np.exp(logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    shares = np.take_along_axis(shares / shares.sum(axis=1, keepdims=True), order, axis=1)
    kept = np.cumsum(shares, axis=1) - shares < p
    return np.where(np.take_along_axis(kept, order, axis=1), logits, logits.dtype.type(-np.inf))
