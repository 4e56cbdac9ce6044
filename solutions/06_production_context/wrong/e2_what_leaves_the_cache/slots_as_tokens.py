"""Your file holds the empty slots, and your loader takes every one of them for a token.

Where: mlx-examples #977
Link: https://github.com/ml-explore/mlx-examples/issues/977
"""

import numpy as np

from kvlab import KVCache


def save(cache, path):
    layers = range(cache.n_layers)
    np.save(path, np.array([(cache._keys[layer], cache._values[layer]) for layer in layers]))


def resume(config, path, max_seq_len):
    stored = np.load(path)
    cache = KVCache.for_model(config, max_seq_len, dtype=stored.dtype)
    for layer, (keys, values) in enumerate(stored):
        cache.update(layer, keys, values)
    cache.advance(stored.shape[3])
    return cache
