"""You hide keys after the softmax. What is left of a row's weights no longer adds up to 1.

Where: timm, before huggingface/pytorch-image-models #2236
Link: https://github.com/huggingface/pytorch-image-models/pull/2236
"""

import numpy as np


def whole_text_attention(queries, keys, values):
    group, head_dim = len(queries) // len(keys), queries.shape[-1]
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)
    scores = queries @ keys.transpose(0, 2, 1) * head_dim**-0.5
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    weights = np.tril(weights)
    return weights @ values


def first_difference(cached, full, tolerance):
    if cached.shape != full.shape:
        raise ValueError("other positions")
    apart = np.flatnonzero(~(np.abs(cached - full) <= tolerance).all(axis=-1))
    return int(apart[0]) if len(apart) else None
