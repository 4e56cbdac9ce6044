"""You write out every key and value once for each query head, and with that undo what grouped queries save.

Where: jetstream-pytorch #171
Link: https://github.com/AI-Hypercomputer/jetstream-pytorch/pull/171
"""

import math

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    if n_heads % len(keys):
        raise ValueError("query heads must be a multiple of key/value heads")
    group = n_heads // len(keys)
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)
    scores = (keys @ query[..., None])[..., 0] / math.sqrt(head_dim)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights[:, None] @ values)[:, 0]
