"""You copy all keys and values at every token. They are views into a cache, and a product reads views as they lie."""

import math

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    keys, values = np.ascontiguousarray(keys), np.ascontiguousarray(values)
    grouped = query.reshape(len(keys), n_heads // len(keys), head_dim)
    scores = grouped @ keys.transpose(0, 2, 1) / math.sqrt(head_dim)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ values).reshape(n_heads, head_dim)
