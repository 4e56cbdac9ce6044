"""You hand on the largest lse as the merged one. The sum of all exponentials is larger than the largest of them."""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max(axis=0)
    shares = np.exp(lses - np.where(np.isfinite(top), top, 0))
    total = shares.sum(axis=0)
    counted = np.where(shares[..., None] > 0, outputs, 0)
    return (shares[..., None] * counted).sum(axis=0) / np.maximum(total, 1)[..., None], top
