"""You copy keys or values at every token. A product can read them where they lie: slices and transposes are views."""

import math

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    grouped = query.reshape(len(keys), n_heads // len(keys), head_dim)
    scores = grouped @ np.ascontiguousarray(keys.transpose(0, 2, 1)) / math.sqrt(head_dim)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ values).reshape(n_heads, head_dim)
