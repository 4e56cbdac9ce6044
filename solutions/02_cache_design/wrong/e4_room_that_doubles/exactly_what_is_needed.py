"""Every append copies all rows into a new buffer. Take more room than you need, and write in place until it is full."""

import numpy as np


class GrowingLayer:
    def __init__(self, n_heads, head_dim, room, dtype=np.float32):
        shape = (n_heads, room, head_dim)
        self._keys, self._values = np.zeros(shape, dtype), np.zeros(shape, dtype)
        self.position = 0

    def append(self, key, value):
        n_heads, _, head_dim = self._keys.shape
        if not key.size or key.shape != value.shape or key.ndim != 3 or key.shape != (n_heads, key.shape[1], head_dim):
            raise ValueError("wrong shape")
        end = self.position + key.shape[1]
        key, value = key.astype(self._keys.dtype), value.astype(self._keys.dtype)
        self._keys = np.concatenate([self._keys[:, : self.position], key], axis=1)
        self._values = np.concatenate([self._values[:, : self.position], value], axis=1)
        self.position = end

    def read(self):
        keys, values = self._keys[:, : self.position], self._values[:, : self.position]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values
