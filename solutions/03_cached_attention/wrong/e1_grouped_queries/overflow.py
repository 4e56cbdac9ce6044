"""Your exponential overflows: take each row's largest score off first."""

import math

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    grouped = query.reshape(len(keys), n_heads // len(keys), head_dim)
    weights = np.exp(grouped @ keys.transpose(0, 2, 1) / math.sqrt(head_dim))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ values).reshape(n_heads, head_dim)
