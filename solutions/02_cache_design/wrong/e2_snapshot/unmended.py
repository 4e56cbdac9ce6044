"""Your snapshot shows what the cache holds now, not what it held when the snapshot was taken."""


def snapshot(cache):
    return [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]


def restore(cache, saved):
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
