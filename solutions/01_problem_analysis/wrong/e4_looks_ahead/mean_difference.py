"""Your check still averages. One wrong logit among thousands, or one wrong position, disappears in a mean.

Where: TinyTorch, module 19, whose test asked for a mean difference below 1
Link: https://github.com/MLSysBook/TinyTorch/blob/73e7f5b67acbfa90a701c836605591faa3478149/modules/19_caching/caching_dev.py
"""

import numpy as np


def whole_text_attention(queries, keys, values):
    group, head_dim = len(queries) // len(keys), queries.shape[-1]
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)
    scores = queries @ keys.transpose(0, 2, 1) * head_dim**-0.5
    scores[:, np.triu(np.ones(scores.shape[1:], bool), k=1)] = -np.inf
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ values


def first_difference(cached, full, tolerance):
    if cached.shape != full.shape:
        raise ValueError("other positions")
    gap = np.abs(cached - full).mean(axis=-1)
    apart = np.flatnonzero(~(gap <= tolerance))
    return int(apart[0]) if len(apart) else None
