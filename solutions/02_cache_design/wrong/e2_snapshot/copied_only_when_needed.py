"""Your function copies only when it has to. Where a view is one run of memory already, it gives the view back."""

import numpy as np


def snapshot(cache):
    layers = [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]
    return [(np.ascontiguousarray(keys), np.ascontiguousarray(values)) for keys, values in layers]


def restore(cache, saved):
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
