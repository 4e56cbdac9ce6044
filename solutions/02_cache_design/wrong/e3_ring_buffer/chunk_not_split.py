"""A chunk that would run past the last slot starts at slot 0 instead. Split it: only the rest goes on at slot 0."""

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
        start = (self.position + n - kept.shape[1]) % window
        if start + kept.shape[1] > window:
            start = 0
        self._keys[:, start : start + kept.shape[1]] = kept
        self.position += n

    def read(self):
        window = self._keys.shape[1]
        newest = self.position - 1
        positions = newest - (newest - np.arange(window)) % window
        keys = self._keys.view()
        keys.flags.writeable = False
        return keys, np.maximum(positions, -1)
