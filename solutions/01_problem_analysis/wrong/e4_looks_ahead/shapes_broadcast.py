"""Your check takes arrays of different shapes. NumPy then compares one position with all, or repeats a column."""

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
    apart = np.flatnonzero(~(np.abs(cached - full) <= tolerance).all(axis=-1))
    return int(apart[0]) if len(apart) else None
