"""Your snapshot still holds views. By the time it is restored they show the other text: copy when it is taken."""


def snapshot(cache):
    return [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]


def restore(cache, saved):
    saved = [(keys.copy(), values.copy()) for keys, values in saved]
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
