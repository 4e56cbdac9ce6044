"""You go on from the newest row that is left. If the newest row was dropped, its position is given out twice."""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    def __init__(self, n_heads, head_dim):
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)  # [H, n, D]
        self.positions = np.arange(0)

    def step(self, query, key):
        n_new = key.shape[1]
        start = self.positions[-1] + 1 if len(self.positions) else 0
        new = np.arange(start, start + n_new)
        angles = self._rope.angles(new)
        self.positions = np.concatenate([self.positions, new])
        self.keys = np.concatenate([self.keys, rotate(key, angles)], axis=1)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows):
        self.keys = np.delete(self.keys, rows, axis=1)
        self.positions = np.delete(self.positions, rows)

    def reset(self):
        self.keys = self.keys[:, :0]
        self.positions = np.arange(0)
