"""You divide by the root of H times D, the width of all heads together. Each head has D numbers of its own.

Where: ng-video-lecture (nanoGPT's lecture code) #6
Link: https://github.com/karpathy/ng-video-lecture/pull/6
"""

import numpy as np


def attend_one(query, keys, values):
    n_heads, head_dim = query.shape
    grouped = query.reshape(len(keys), n_heads // len(keys), head_dim)
    scores = grouped @ keys.transpose(0, 2, 1) / np.sqrt(query.size)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return (weights @ values).reshape(n_heads, head_dim)
