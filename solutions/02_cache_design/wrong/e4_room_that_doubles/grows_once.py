"""Your room grows by one step, whatever arrives. A long chunk may need more than that: grow until it fits.

Where: candle #3035
Link: https://github.com/huggingface/candle/pull/3035
"""

import numpy as np


class GrowingLayer:
    def __init__(self, n_heads, head_dim, room, dtype=np.float32):
        shape = (n_heads, room, head_dim)
        self._keys, self._values = np.zeros(shape, dtype), np.zeros(shape, dtype)
        self.position = 0

    def append(self, key, value):
        n_heads, room, head_dim = self._keys.shape
        if not key.size or key.shape != value.shape or key.ndim != 3 or key.shape != (n_heads, key.shape[1], head_dim):
            raise ValueError("wrong shape")
        end = self.position + key.shape[1]
        if end > room:
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)], axis=1)
            self._values = np.concatenate([self._values, np.zeros_like(self._values)], axis=1)
        self._keys[:, self.position : end] = key
        self._values[:, self.position : end] = value
        self.position = end

    def read(self):
        keys, values = self._keys[:, : self.position], self._values[:, : self.position]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values
