"""A chunk longer than the window lands in the wrong slots. What stays begins at a later position than the chunk.

Where: transformers #47708
Link: https://github.com/huggingface/transformers/pull/47708
"""

import numpy as np


class KeyRing:
    def __init__(self, window, n_heads, head_dim, dtype=np.float32):
        if window < 1:
            raise ValueError("window must be at least 1")
        self._keys = np.zeros((n_heads, window, head_dim), dtype)
        self.position = 0

    def append(self, keys):
        n_heads, window, head_dim = self._keys.shape
        n = keys.shape[1]
        if keys.ndim != 3 or n == 0 or keys.shape != (n_heads, n, head_dim):
            raise ValueError("wrong shape")
        kept = keys[:, -window:]
        slots = np.arange(self.position, self.position + kept.shape[1]) % window
        self._keys[:, slots] = kept
        self.position += n

    def read(self):
        window = self._keys.shape[1]
        newest = self.position - 1
        positions = newest - (newest - np.arange(window)) % window
        keys = self._keys.view()
        keys.flags.writeable = False
        return keys, np.maximum(positions, -1)
