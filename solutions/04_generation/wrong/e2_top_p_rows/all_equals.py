"""You keep every token that is as likely as the last one kept: of equal tokens only as many stay as p needs, the
first ids first.
"""

import numpy as np


def top_p_filter(logits, p):
    if not 0 < p <= 1:
        raise ValueError("p is a share, above 0 and at most 1")
    if p == 1:
        return logits.copy()
    descending = -np.sort(-logits, axis=1)
    shares = np.exp(descending - descending[:, :1]).astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    n_kept = (np.cumsum(shares, axis=1) - shares < p).sum(axis=1, keepdims=True)
    least = np.take_along_axis(descending, n_kept - 1, axis=1)
    return np.where(logits >= least, logits, logits.dtype.type(-np.inf))
