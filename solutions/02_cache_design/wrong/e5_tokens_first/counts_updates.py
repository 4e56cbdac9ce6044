"""You count updates, not layers: one layer updated twice stands for two."""

import numpy as np


class KVCache:
    def __init__(self, max_seq_len, n_layers, n_heads, head_dim, dtype=np.float32):
        shape = (n_layers, max_seq_len, n_heads, head_dim)
        self._keys, self._values = np.zeros(shape, dtype), np.zeros(shape, dtype)
        self.position = 0
        self._staged = self._updates = 0

    def update(self, layer_idx, key, value):
        n_layers, max_seq_len, n_heads, head_dim = self._keys.shape
        if not 0 <= layer_idx < n_layers:
            raise ValueError("no such layer")
        for array in (key, value):
            if array.shape != (len(key), n_heads, head_dim) or len(key) == 0 or array.dtype != self._keys.dtype:
                raise ValueError("wrong shape or dtype")
        if self._staged and len(key) != self._staged:
            raise ValueError("another number of tokens than in the open step")
        end = self.position + len(key)
        if end > max_seq_len:
            raise ValueError("the cache is full")
        self._keys[layer_idx, self.position : end] = key
        self._values[layer_idx, self.position : end] = value
        self._staged = len(key)
        self._updates += 1
        return self._views(layer_idx, end)

    def get(self, layer_idx):
        if not 0 <= layer_idx < len(self._keys):
            raise ValueError("no such layer")
        return self._views(layer_idx, self.position)

    def advance(self, n=1):
        if not 1 <= n <= self._staged:
            raise ValueError("not that many tokens are staged")
        if self._updates < len(self._keys):
            raise ValueError("some layers were not updated")
        self.position += n
        self.abort()

    def abort(self):
        self._staged = self._updates = 0

    def _views(self, layer_idx, end):
        keys, values = self._keys[layer_idx, :end], self._values[layer_idx, :end]
        keys.flags.writeable = values.flags.writeable = False
        return keys, values
