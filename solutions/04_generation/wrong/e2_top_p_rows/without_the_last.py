"""You drop the token that brings the sum to p, so that what is kept stays below p.

Where: rasbt/reasoning-from-scratch #164
Link: https://github.com/rasbt/reasoning-from-scratch/issues/164
"""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    order = np.argsort(-logits, axis=1, kind="stable")
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    keep = np.cumsum(np.take_along_axis(shares, order, axis=1), axis=1) <= p
    keep[:, 0] = True
    kept = np.zeros_like(keep)
    np.put_along_axis(kept, order, keep, axis=1)
    return np.where(kept, logits, logits.dtype.type(-np.inf))
