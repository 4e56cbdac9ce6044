"""2.3 Ring buffer"""

import numpy as np
from numpy.typing import DTypeLike


class KeyRing:
    """The token at position p lies in slot p % W, so one number says what every slot holds."""

    def __init__(self, window: int, n_heads: int, head_dim: int, dtype: DTypeLike = np.float32) -> None:
        if window < 1:
            raise ValueError(f"window is {window}: keep at least one token.")
        self._keys = np.zeros((n_heads, window, head_dim), dtype)  # [H_kv, W, D]
        self.position = 0

    def append(self, keys: np.ndarray) -> None:
        """Write the newest rows of the chunk, each into the slot of its own position."""
        n_heads, window, head_dim = self._keys.shape
        if keys.shape[:1] + keys.shape[2:] != (n_heads, head_dim) or not keys.size:
            raise ValueError(f"keys are {list(keys.shape)}; this ring takes [{n_heads}, n, {head_dim}], n at least 1.")
        kept = keys[:, -window:]  # [H_kv, min(n, W), D]
        self.position += keys.shape[1]
        slots = np.arange(self.position - kept.shape[1], self.position) % window
        self._keys[:, slots] = kept

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """A slot holds the newest position that leaves its number as the remainder, if there is one yet."""
        window = self._keys.shape[1]
        newest = self.position - 1
        positions = newest - (newest - np.arange(window)) % window  # below 0 where no token has come to the slot
        keys = self._keys.view()
        keys.flags.writeable = False
        return keys, np.maximum(positions, -1)
