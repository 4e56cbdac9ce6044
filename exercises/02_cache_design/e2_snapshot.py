"""2.2 Snapshot

A chat has a button "answer again". Before a reply, `snapshot(cache)` remembers the keys and values of the text so
far. When the button is pressed, `restore(cache, saved)` brings them back, and the model writes another reply.

The first test looked good: take a snapshot, empty the cache, restore, and all is there. In use, users got replies to
somebody else's question. Find the mistake and mend it: it is in one of the two functions.

What is asked of a snapshot: it still holds the same keys and values whatever happens to the cache later, and however
often it is restored, into this cache or another one. It holds the committed tokens and nothing else: neither staged
tokens nor the room that the cache keeps for later ones. Taking it does not change the cache.
"""

import numpy as np

from kvlab import StepCache


def snapshot(cache: StepCache) -> list[tuple[np.ndarray, np.ndarray]]:
    """Remember the committed tokens of a cache.

    Parameters
    ----------
    cache : KVCache, ConcatCache or another one of kvlab
        With `T` committed tokens, perhaps 0, and perhaps an open step.

    Returns
    -------
    list of (keys, values)
        For each layer, arrays `[H_kv, T, D]` of the cache's dtype.

    Examples
    --------
    >>> saved = snapshot(cache)  # 3 tokens in 2 layers, with 4 heads of 8 numbers
    >>> len(saved), saved[0][0].shape
    (2, (4, 3, 8))
    """
    raise NotImplementedError("2.2: find the mistake below, mend it, and delete this line")
    return [cache.get(layer_idx) for layer_idx in range(cache.n_layers)]


def restore(cache: StepCache, saved: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Make a cache hold what a snapshot remembers, and nothing else.

    Parameters
    ----------
    cache : KVCache, ConcatCache or another one of kvlab
        Of the same layers, heads, head dimension and dtype, with room for the tokens. What it holds is lost.
    saved : list of (keys, values)
        What `snapshot` returned.
    """
    raise NotImplementedError("2.2: find the mistake above or below, mend it, and delete this line")
    cache.reset()
    for layer_idx, (keys, values) in enumerate(saved):
        if keys.size:
            cache.update(layer_idx, keys, values)
    cache.advance(keys.shape[1])
