"""Your scores became float64: one float64 number widens every float32 array that it meets, values included."""

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    grouped = query.reshape(len(keys), n_heads // len(keys), head_dim)
    scores = grouped @ keys.transpose(0, 2, 1) / np.sqrt(head_dim)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ values).reshape(n_heads, head_dim)
