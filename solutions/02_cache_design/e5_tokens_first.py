"""2.5 Tokens-first cache"""

import numpy as np
from numpy.typing import DTypeLike


class KVCache:
    """Staged rows lie where they will stay, behind the position; only the position says what counts."""

    def __init__(
        self, max_seq_len: int, n_layers: int, n_heads: int, head_dim: int, dtype: DTypeLike = np.float32
    ) -> None:
        shape = (n_layers, max_seq_len, n_heads, head_dim)  # [L, S, H_kv, D]
        self._keys, self._values = np.empty(shape, dtype), np.empty(shape, dtype)
        self.position = 0
        self.abort()

    def update(self, layer_idx: int, key: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Check all that can be wrong, then write: NumPy would broadcast or round without a word."""
        max_seq_len = self._keys.shape[1]
        self._check_layer(layer_idx)
        if key.shape != value.shape or key.shape[1:] != self._keys.shape[2:] or not key.size:
            raise ValueError(f"key is {list(key.shape)} and value {list(value.shape)}; this cache takes [n, H_kv, D].")
        if key.dtype != self._keys.dtype or value.dtype != self._keys.dtype:
            raise ValueError(f"key is {key.dtype} and value {value.dtype}; this cache stores {self._keys.dtype}.")
        if self._staged and len(key) not in self._staged.values():
            raise ValueError(f"layer {layer_idx} brings {len(key)} tokens, which is not what the open step is for.")
        end = self.position + len(key)
        if end > max_seq_len:
            raise ValueError(f"the cache is full: {end} tokens in {max_seq_len} slots.")
        self._staged[layer_idx] = len(key)
        self._keys[layer_idx, self.position : end] = key
        self._values[layer_idx, self.position : end] = value
        return self._views(layer_idx, end)

    def get(self, layer_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """Not past the position: behind it lies what the memory held, or what an aborted step left."""
        self._check_layer(layer_idx)
        return self._views(layer_idx, self.position)

    def advance(self, n: int = 1) -> None:
        """Count the tokens, but only if every layer has them."""
        if len(self._staged) < len(self._keys):
            raise ValueError(f"advance({n}), but only layers {sorted(self._staged)} were updated in this step.")
        if not 1 <= n <= self._staged[0]:
            raise ValueError(f"advance({n}), but {self._staged[0]} tokens are staged.")
        self.position += n
        self.abort()

    def abort(self) -> None:
        """Nothing to erase: the next step writes over what is staged."""
        self._staged: dict[int, int] = {}  # tokens of the open step, by layer

    def _check_layer(self, layer_idx: int) -> None:
        """To NumPy, -1 would be the last layer."""
        if not 0 <= layer_idx < len(self._keys):
            raise ValueError(f"layer_idx is {layer_idx}, but this cache has layers 0 .. {len(self._keys) - 1}.")

    def _views(self, layer_idx: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        keys, values = self._keys[layer_idx, :end], self._values[layer_idx, :end]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values
