"""The file is right now, but a cache without a token cannot be resumed: there is no step of no tokens."""

import numpy as np

from kvlab import KVCache


def save(cache, path):
    np.save(path, np.array([cache.get(layer) for layer in range(cache.n_layers)]))


def resume(config, path, max_seq_len):
    stored = np.load(path)
    cache = KVCache.for_model(config, max_seq_len, dtype=stored.dtype)
    for layer, (keys, values) in enumerate(stored):
        cache.update(layer, keys, values)
    cache.advance(stored.shape[3])
    return cache
