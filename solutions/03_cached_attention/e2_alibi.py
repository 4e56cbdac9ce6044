"""3.2 ALiBi with a cache"""

import math

import numpy as np

from kvlab import KVCache
from kvlab.model.ops import softmax


def alibi_attention(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, slopes: np.ndarray, cache: KVCache
) -> np.ndarray:
    """Stage, attend, commit: one array of distances gives the bias and the mask for every cut of the text."""
    n_heads, n_new, head_dim = query.shape
    if len(slopes) != n_heads:
        raise ValueError(f"{len(slopes)} slopes for {n_heads} query heads: give one for each.")
    positions = np.arange(cache.position, cache.position + n_new)
    (segment,) = cache.update(0, key, value)
    n_kv_heads, n_rows, _ = segment.keys.shape
    n_asking = n_heads // n_kv_heads * n_new  # queries of a key head, G N
    stored_at = np.arange(n_rows) if segment.positions is None else segment.positions

    distance = positions[:, None] - stored_at  # [N, T]
    seen = (distance >= 0) & (stored_at >= 0)
    bias = np.where(seen, -slopes[:, None, None] * distance, -np.inf)  # [H, N, T]

    grouped = query.reshape(n_kv_heads, n_asking, head_dim)
    products = (grouped @ segment.keys.transpose(0, 2, 1)).reshape(n_heads, n_new, n_rows)
    weights = softmax(products / math.sqrt(head_dim) + bias)  # [H, N, T]
    gathered = weights.reshape(n_kv_heads, n_asking, n_rows) @ segment.values  # [H_kv, G N, D]
    cache.advance(n_new)
    return gathered.reshape(query.shape)
