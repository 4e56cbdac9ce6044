"""You take the log-sum-exp for a logarithm to base 2. Here it is a natural one: mixing the two shifts the shares.

Where: SGLang #40903
Link: https://github.com/sgl-project/sglang/issues/40903
"""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max(axis=0)
    top = np.where(np.isfinite(top), top, 0)
    shares = np.exp2(lses - top)
    total = shares.sum(axis=0)
    counted = np.where(shares[..., None] > 0, outputs, 0)
    return (shares[..., None] * counted).sum(axis=0) / np.maximum(total, 1)[..., None], top + np.log2(total)
