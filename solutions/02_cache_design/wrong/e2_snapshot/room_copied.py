"""Your snapshot copies the whole cache, with all the room for later tokens, and cuts the copy afterwards.

Where: LM Studio's mlx-engine #315
Link: https://github.com/lmstudio-ai/mlx-engine/pull/315
"""

import copy


def snapshot(cache):
    twin = copy.deepcopy(cache)
    return [twin.get(layer_idx) for layer_idx in range(cache.n_layers)]


def restore(cache, saved):
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
