"""You save the tokens of a step that is still open. They may never be committed."""

import numpy as np

from kvlab import KVCache


def save(cache, path):
    n = cache.position + (cache._step or 0)
    np.save(path, np.array([cache.get(layer, n) for layer in range(cache.n_layers)]))


def resume(config, path, max_seq_len):
    stored = np.load(path)
    cache = KVCache.for_model(config, max_seq_len, dtype=stored.dtype)
    if stored.shape[3]:
        for layer, (keys, values) in enumerate(stored):
            cache.update(layer, keys, values)
        cache.advance(stored.shape[3])
    return cache
