"""Your room grows by a fixed step. That copies less often than concatenation, but still T * T rows over a step."""

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
        step = 64
        if end > room:
            more = np.zeros((n_heads, -(-(end - room) // step) * step, head_dim), self._keys.dtype)
            self._keys = np.concatenate([self._keys, more], axis=1)
            self._values = np.concatenate([self._values, more], axis=1)
        self._keys[:, self.position : end] = key
        self._values[:, self.position : end] = value
        self.position = end

    def read(self):
        keys, values = self._keys[:, : self.position], self._values[:, : self.position]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values
