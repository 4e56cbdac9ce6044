"""You deal the key heads out in turns, 0 1 0 1. Consecutive query heads share one: 0 0 1 1.

Where: jax-js #180
Link: https://github.com/ekzhang/jax-js/pull/180
"""

import math

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    if n_heads % len(keys):
        raise ValueError("query heads must be a multiple of key/value heads")
    copies = n_heads // len(keys)
    keys, values = np.tile(keys, (copies, 1, 1)), np.tile(values, (copies, 1, 1))
    scores = (keys @ query[..., None])[..., 0] / math.sqrt(head_dim)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights[:, None] @ values)[:, 0]
