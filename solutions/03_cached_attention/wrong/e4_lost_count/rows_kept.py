"""After a drop, your new tokens are turned too little: they get positions that earlier tokens had already.

Where: VeloxQuant-MLX #171
Link: https://github.com/rajveer43/VeloxQuant-MLX/issues/171
"""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    def __init__(self, n_heads, head_dim):
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)  # [H, n, D]
        self.position = 0  # of the next token

    def step(self, query, key):
        n_new = key.shape[1]
        self.position = self.keys.shape[1]
        angles = self._rope.angles(np.arange(self.position, self.position + n_new))
        self.position += n_new
        self.keys = np.concatenate([self.keys, rotate(key, angles)], axis=1)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows):
        self.keys = np.delete(self.keys, rows, axis=1)

    def reset(self):
        self.keys = self.keys[:, :0]
        self.position = 0
