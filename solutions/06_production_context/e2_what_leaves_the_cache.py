"""6.2 What leaves the cache"""

from pathlib import Path

import numpy as np

from kvlab import KVCache, ModelConfig


def save(cache: KVCache, path: str | Path) -> None:
    """Only what was committed: get() knows it, the buffers do not."""
    np.save(path, np.array([cache.get(layer) for layer in range(cache.n_layers)]))  # [L, 2, H_kv, T, D]


def resume(config: ModelConfig, path: str | Path, max_seq_len: int) -> KVCache:
    """One step that stages all rows and commits them; none for a text of no tokens."""
    stored = np.load(path)
    cache = KVCache.for_model(config, max_seq_len, dtype=stored.dtype)
    n_tokens = stored.shape[3]
    if n_tokens:
        for layer, (keys, values) in enumerate(stored):
            cache.update(layer, keys, values)
        cache.advance(n_tokens)
    return cache
