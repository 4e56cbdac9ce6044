"""A part that saw nothing spoils your result: its share is 0, but 0 times NaN is NaN."""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    shares = np.exp(lses - top)
    total = shares.sum(axis=0)
    return (shares[..., None] * outputs).sum(axis=0) / np.maximum(total, 1)[..., None], top + np.log(total)
