"""3.4 Lost count"""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    """Rotated keys, and beside them a count of the tokens that have come: rows that are left cannot tell it."""

    def __init__(self, n_heads: int, head_dim: int) -> None:
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)  # [H, n, D]
        self.position = 0  # of the next token

    def step(self, query: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Rotate by the place in the text, store, and compare with all rows that are left."""
        n_new = key.shape[1]
        angles = self._rope.angles(np.arange(self.position, self.position + n_new))
        self.position += n_new
        self.keys = np.concatenate([self.keys, rotate(key, angles)], axis=1)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows: list[int]) -> None:
        """Rows go, the count stays."""
        self.keys = np.delete(self.keys, rows, axis=1)

    def reset(self) -> None:
        """As new: no rows, and the next token is the first."""
        self.keys = self.keys[:, :0]
        self.position = 0
