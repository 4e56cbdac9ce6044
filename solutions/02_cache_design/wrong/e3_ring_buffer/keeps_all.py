"""You keep every token and show the newest. What a window saves is the memory of the others."""

import numpy as np


class KeyRing:
    def __init__(self, window, n_heads, head_dim, dtype=np.float32):
        if window < 1:
            raise ValueError("window must be at least 1")
        self.window = window
        self._keys = np.zeros((n_heads, 0, head_dim), dtype)

    @property
    def position(self):
        return self._keys.shape[1]

    def append(self, keys):
        n = keys.shape[1]
        if keys.ndim != 3 or n == 0 or keys.shape != (self._keys.shape[0], n, self._keys.shape[2]):
            raise ValueError("wrong shape")
        self._keys = np.concatenate([self._keys, keys.astype(self._keys.dtype)], axis=1)

    def read(self):
        held = np.arange(max(0, self.position - self.window), self.position)
        keys = np.zeros((self._keys.shape[0], self.window, self._keys.shape[2]), self._keys.dtype)
        positions = np.full(self.window, -1)
        keys[:, held % self.window] = self._keys[:, held]
        positions[held % self.window] = held
        return keys, positions
