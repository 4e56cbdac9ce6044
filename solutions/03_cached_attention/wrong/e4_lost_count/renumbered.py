"""You number the rows that are left anew. StreamingLLM does that on purpose; here a dropped token leaves a gap."""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    def __init__(self, n_heads, head_dim):
        self._rope = Rope(RopeConfig(), head_dim)
        self.bare = np.empty((n_heads, 0, head_dim), dtype=np.float32)
        self.keys = self.bare

    def step(self, query, key):
        n_new = key.shape[1]
        self.bare = np.concatenate([self.bare, key], axis=1)
        angles = self._rope.angles(np.arange(self.bare.shape[1]))
        self.keys = rotate(self.bare, angles)
        angles = tuple(table[-n_new:] for table in angles)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows):
        self.keys, self.bare = np.delete(self.keys, rows, axis=1), np.delete(self.bare, rows, axis=1)

    def reset(self):
        self.keys = self.bare = self.keys[:, :0]
