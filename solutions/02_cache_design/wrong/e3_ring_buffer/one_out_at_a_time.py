"""You make room for one token, however many arrive. A chunk pushes out as many as it brings, beyond the window.

Where: voxmlx #3
Link: https://github.com/awni/voxmlx/pull/3
"""

import numpy as np


class KeyRing:
    def __init__(self, window, n_heads, head_dim, dtype=np.float32):
        if window < 1:
            raise ValueError("window must be at least 1")
        self.window = window
        self._keys = np.zeros((n_heads, 0, head_dim), dtype)
        self.position = 0

    def append(self, keys):
        n = keys.shape[1]
        if keys.ndim != 3 or n == 0 or keys.shape != (self._keys.shape[0], n, self._keys.shape[2]):
            raise ValueError("wrong shape")
        trim = max(0, self._keys.shape[1] - self.window + 1)
        self._keys = np.concatenate([self._keys[:, trim:], keys], axis=1)
        self.position += n

    def read(self):
        held = np.arange(self.position - self._keys.shape[1], self.position)
        room = max(self.window, len(held))
        keys = np.zeros((self._keys.shape[0], room, self._keys.shape[2]), self._keys.dtype)
        positions = np.full(room, -1)
        keys[:, held % room] = self._keys
        positions[held % room] = held
        return keys, positions
