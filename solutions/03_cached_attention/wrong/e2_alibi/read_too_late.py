"""Your queries see later keys: nothing hides them, or you read cache.position after the commit, so that each position
is N too large.
"""

import numpy as np

from kvlab.model.ops import softmax


def alibi_attention(query, key, value, slopes, cache):
    n_heads, n_new, head_dim = query.shape
    if len(slopes) != n_heads:
        raise ValueError(f"{len(slopes)} slopes for {n_heads} query heads: give one for each.")
    (segment,) = cache.update(0, key, value)
    n_kv_heads, n_rows, _ = segment.keys.shape
    stored_at = np.arange(n_rows) if segment.positions is None else segment.positions

    cache.advance(n_new)
    positions = np.arange(cache.position, cache.position + n_new)
    distance = positions[:, None] - stored_at  # [N, T]
    seen = (distance >= 0) & (stored_at >= 0)
    bias = np.where(seen, -slopes[:, None, None] * distance, -np.inf)  # [H, N, T]

    grouped = query.reshape(n_kv_heads, -1, head_dim)  # [H_kv, G N, D]
    products = (grouped @ segment.keys.transpose(0, 2, 1)).reshape(n_heads, n_new, n_rows)
    weights = softmax(products / np.sqrt(head_dim) + bias)  # [H, N, T]
    gathered = weights.reshape(n_kv_heads, -1, n_rows) @ segment.values  # [H_kv, G N, D]
    return gathered.reshape(query.shape)
