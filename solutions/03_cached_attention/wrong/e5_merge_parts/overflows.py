"""You take exp of an lse as it is: it overflows when scores are large. Only differences of lses are safe.

Where: NATTEN #202
Link: https://github.com/SHI-Labs/NATTEN/pull/202
"""

import numpy as np


def merge_parts(outputs, lses):
    sums = np.exp(lses)
    total = sums.sum(axis=0)
    counted = np.where(sums[..., None] > 0, outputs, 0)
    return (sums[..., None] * counted).sum(axis=0) / np.where(total > 0, total, 1)[..., None], np.log(total)
