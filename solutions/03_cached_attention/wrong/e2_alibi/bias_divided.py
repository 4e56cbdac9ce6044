"""You divide the bias by sqrt(D) together with the dot products. It is added afterwards, as it is.

Where: tt-metal, says #56406
Link: https://github.com/tenstorrent/tt-metal/pull/56406
"""

import numpy as np

from kvlab.model.ops import softmax


def alibi_attention(query, key, value, slopes, cache):
    n_heads, n_new, head_dim = query.shape
    if len(slopes) != n_heads:
        raise ValueError(f"{len(slopes)} slopes for {n_heads} query heads: give one for each.")
    positions = np.arange(cache.position, cache.position + n_new)
    (segment,) = cache.update(0, key, value)
    n_kv_heads, n_rows, _ = segment.keys.shape
    stored_at = np.arange(n_rows) if segment.positions is None else segment.positions

    distance = positions[:, None] - stored_at  # [N, T]
    seen = (distance >= 0) & (stored_at >= 0)
    bias = np.where(seen, -slopes[:, None, None] * distance, -np.inf)  # [H, N, T]

    grouped = query.reshape(n_kv_heads, -1, head_dim)  # [H_kv, G N, D]
    products = (grouped @ segment.keys.transpose(0, 2, 1)).reshape(n_heads, n_new, n_rows)
    weights = softmax((products + bias) / np.sqrt(head_dim))  # [H, N, T]
    gathered = weights.reshape(n_kv_heads, -1, n_rows) @ segment.values  # [H_kv, G N, D]
    cache.advance(n_new)
    return gathered.reshape(query.shape)
