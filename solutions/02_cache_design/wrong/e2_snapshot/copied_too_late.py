"""You copy when the snapshot is restored. By then, what it holds shows the other text."""


def snapshot(cache):
    return [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]


def restore(cache, saved):
    saved = [(keys.copy(), values.copy()) for keys, values in saved]
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
