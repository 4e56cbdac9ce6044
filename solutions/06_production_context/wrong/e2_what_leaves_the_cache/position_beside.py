"""You save the whole buffer and note how many slots count. The text comes back, but the rest of the buffer is in the
file, too, and with it whatever an earlier conversation left there.

Where: llama.cpp #1169
Link: https://github.com/ggml-org/llama.cpp/pull/1169
"""

import numpy as np

from kvlab import KVCache


def save(cache, path):
    with open(path, "wb") as file:
        np.savez(file, rows=np.array([cache._keys, cache._values]), position=cache.position)


def resume(config, path, max_seq_len):
    with np.load(path) as stored:
        rows, n = stored["rows"], int(stored["position"])
    cache = KVCache.for_model(config, max_seq_len, dtype=rows.dtype)
    if n:
        for layer in range(config.n_layers):
            cache.update(layer, rows[0, layer, :, :n], rows[1, layer, :, :n])
        cache.advance(n)
    return cache
