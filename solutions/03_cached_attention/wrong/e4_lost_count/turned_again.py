"""You rotate the stored keys again in every step. A key is rotated once, when it arrives.

Where: shainet #110
Link: https://github.com/NeuraLegion/shainet/pull/110
"""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    def __init__(self, n_heads, head_dim):
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)  # [H, n, D]
        self.position = 0
        self.positions = np.arange(0)

    def step(self, query, key):
        n_new = key.shape[1]
        angles = self._rope.angles(np.arange(self.position, self.position + n_new))
        self.position += n_new
        self.keys = np.concatenate([self.keys, key], axis=1)
        self.positions = np.append(self.positions, np.arange(self.position - n_new, self.position))
        self.keys = rotate(self.keys, self._rope.angles(self.positions))
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows):
        self.keys = np.delete(self.keys, rows, axis=1)
        self.positions = np.delete(self.positions, rows)

    def reset(self):
        self.keys = self.keys[:, :0]
        self.positions = np.arange(0)
        self.position = 0
