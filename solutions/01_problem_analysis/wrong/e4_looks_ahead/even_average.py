"""Your mask is turned round: it lowers the scores of the keys that are seen by so much that they become equal, and
each token gets an even average of its past.

Where: TinyTorch (harvard-edge/cs249r_book) #1785
Link: https://github.com/harvard-edge/cs249r_book/pull/1785
"""

import numpy as np


def whole_text_attention(queries, keys, values):
    group, head_dim = len(queries) // len(keys), queries.shape[-1]
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)
    scores = queries @ keys.transpose(0, 2, 1) * head_dim**-0.5
    mask = np.triu(np.full_like(scores[0], -np.inf), k=1)
    scores += (1 - mask) * scores.dtype.type(-1e9)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ values


def first_difference(cached, full, tolerance):
    if cached.shape != full.shape:
        raise ValueError("other positions")
    apart = np.flatnonzero(~(np.abs(cached - full) <= tolerance).all(axis=-1))
    return int(apart[0]) if len(apart) else None
