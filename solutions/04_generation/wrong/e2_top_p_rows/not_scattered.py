"""Your mask is in the order of the sorted logits, and you apply it in the order of the ids: the first ids are
kept, not the likeliest.
"""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = -np.sort(-shares / shares.sum(axis=1, keepdims=True), axis=1)
    kept = np.cumsum(shares, axis=1) - shares < p
    return np.where(kept, logits, logits.dtype.type(-np.inf))
