"""You add up the weighted outputs but do not divide by the sum of the shares."""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    shares = np.exp(lses - top)
    counted = np.where(shares[..., None] > 0, outputs, 0)
    return (shares[..., None] * counted).sum(axis=0), top + np.log(shares.sum(axis=0))
