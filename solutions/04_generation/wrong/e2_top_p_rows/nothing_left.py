"""You remove what lies within 1 - p at the unlikely end. For a small p, 1 - p rounds to 1, and no token is left.

Where: mlx-lm #1912
Link: https://github.com/ml-explore/mlx-lm/pull/1912
"""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    order = np.argsort(-logits, axis=1, kind="stable")[:, ::-1]
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    keep = np.cumsum(np.take_along_axis(shares, order, axis=1), axis=1) > 1 - p
    kept = np.zeros_like(keep)
    np.put_along_axis(kept, order, keep, axis=1)
    return np.where(kept, logits, logits.dtype.type(-np.inf))
