"""2.4 Room that doubles"""

import numpy as np
from numpy.typing import DTypeLike


class GrowingLayer:
    """A doubling copies all rows stored so far. These numbers double, too, so their sum is below twice the last."""

    def __init__(self, n_heads: int, head_dim: int, room: int, dtype: DTypeLike = np.float32) -> None:
        shape = (n_heads, room, head_dim)  # [H_kv, S, D]
        self._keys, self._values = np.empty(shape, dtype), np.empty(shape, dtype)
        self.position = 0

    def append(self, key: np.ndarray, value: np.ndarray) -> None:
        """Check, make room, write in place."""
        n_heads, room, head_dim = self._keys.shape
        if key.shape != value.shape or key.shape[:1] + key.shape[2:] != (n_heads, head_dim) or not key.size:
            raise ValueError(
                f"key is {list(key.shape)} and value {list(value.shape)}; "
                f"this layer takes [{n_heads}, n, {head_dim}], the same for both, n at least 1."
            )
        end = self.position + key.shape[1]
        while room < end:
            room *= 2
        self._keys, self._values = self._with_room(self._keys, room), self._with_room(self._values, room)
        self._keys[:, self.position : end] = key
        self._values[:, self.position : end] = value
        self.position = end

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """Views made anew each time, so that they show the buffer that is in use now."""
        keys, values = self._keys[:, : self.position], self._values[:, : self.position]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values

    def _with_room(self, rows: np.ndarray, room: int) -> np.ndarray:
        """The same buffer, or a longer one that begins with the same rows."""
        n_heads, old, head_dim = rows.shape
        if room == old:
            return rows
        longer = np.empty((n_heads, room, head_dim), rows.dtype)
        longer[:, : self.position] = rows[:, : self.position]
        return longer
