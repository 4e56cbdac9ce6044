"""You take off one largest lse for all heads and queries: where one head's lses are far smaller, its shares vanish."""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max()
    top = top if np.isfinite(top) else 0.0
    shares = np.exp(lses - top)
    total = shares.sum(axis=0)
    counted = np.where(shares[..., None] > 0, outputs, 0)
    merged = (shares[..., None] * counted).sum(axis=0) / np.where(total > 0, total, 1)[..., None]
    return merged, top + np.log(total)
