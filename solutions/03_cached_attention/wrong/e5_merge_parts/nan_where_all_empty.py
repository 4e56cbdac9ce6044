"""You get NaN where no part saw anything: minus infinity minus minus infinity is not a number.

Where: vLLM #27491
Link: https://github.com/vllm-project/vllm/issues/27491
"""

import numpy as np


def merge_parts(outputs, lses):
    top = lses.max(axis=0)
    shares = np.exp(lses - top)
    total = shares.sum(axis=0)
    counted = np.where(shares[..., None] > 0, outputs, 0)
    return (shares[..., None] * counted).sum(axis=0) / total[..., None], top + np.log(total)
