"""Your keys are copies, but your values are still views of the cache's memory."""


def snapshot(cache):
    layers = [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]
    return [(keys.copy(), values) for keys, values in layers]


def restore(cache, saved):
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
