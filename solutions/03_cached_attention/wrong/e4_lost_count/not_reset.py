"""Your count survives reset: the first token of the next text is not at position 0."""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    def __init__(self, n_heads, head_dim):
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)  # [H, n, D]
        self.position = 0  # of the next token

    def step(self, query, key):
        n_new = key.shape[1]
        angles = self._rope.angles(np.arange(self.position, self.position + n_new))
        self.position += n_new
        self.keys = np.concatenate([self.keys, rotate(key, angles)], axis=1)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows):
        self.keys = np.delete(self.keys, rows, axis=1)

    def reset(self):
        self.keys = self.keys[:, :0]
