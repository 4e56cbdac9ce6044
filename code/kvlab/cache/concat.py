"""The naive cache: every step glues the new token to a copy of all the old ones."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from kvlab.cache.base import Array, Segment
from kvlab.cache.transaction import StepCache
from kvlab.model.config import ModelConfig


class ConcatCache(StepCache):
    """Keys and values as two arrays a layer, grown by ``np.concatenate``.

    It never reserves what it does not use, and it has no limit. But the step that adds token T + 1 copies the
    T tokens before it, so T tokens added one by one write T (T + 1) / 2 token rows in all: concatenation is
    O(T) a step, not O(1). ``bytes_written`` counts it.

    Parameters
    ----------
    n_layers, n_heads, head_dim : int
        L, H_kv and D; ``n_heads`` counts key/value heads.
    dtype : dtype, default float32
    """

    def __init__(self, n_layers: int, n_heads: int, head_dim: int, *, dtype: DTypeLike = np.float32) -> None:
        super().__init__(n_layers, n_heads, head_dim, dtype=dtype)
        empty = np.empty((self.n_kv_heads, 0, self.head_dim), self.dtype)  # [H_kv, 0, D]
        self._layers = [(empty, empty)] * self.n_layers  # committed
        self._grown = list(self._layers)  # committed and staged

    @classmethod
    def for_model(cls, config: ModelConfig, *, dtype: DTypeLike = np.float32) -> Self:
        """A cache with the geometry that this model's layers write."""
        return cls(config.n_layers, config.n_kv_heads, config.head_dim, dtype=dtype)

    def _reserve(self, n: int) -> None:
        """Nothing: it grows with every step."""

    def _stage(self, layer_idx: int, key: Array, value: Array) -> None:
        keys, values = self._layers[layer_idx]
        grown = np.concatenate([keys, key], axis=1), np.concatenate([values, value], axis=1)  # [H_kv, T + n, D]
        self._grown[layer_idx] = _frozen(grown)
        self.bytes_written += grown[0].nbytes + grown[1].nbytes

    def _commit(self, n: int) -> None:
        if n:
            self._layers = [_first(pair, self.position + n) for pair in self._grown]

    def _stored(self, layer_idx: int, n: int) -> Segment:
        pair = self._grown[layer_idx] if layer_idx in self._staged else self._layers[layer_idx]
        return Segment(pair[0][:, :n], pair[1][:, :n])

    def _forget(self, n: int) -> None:
        self._layers = [_first(pair, n) for pair in self._layers]

    def _close(self) -> None:
        super()._close()
        self._grown = list(self._layers)

    def fork(self) -> Self:
        """An independent continuation. Arrays are never written after they are made, so both may share them."""
        twin = type(self)(self.n_layers, self.n_kv_heads, self.head_dim, dtype=self.dtype)
        twin._layers, twin._grown, twin.position = list(self._layers), list(self._layers), self.position
        return twin

    def nbytes(self) -> int:
        """Bytes held: exactly the committed tokens."""
        return sum(keys.nbytes + values.nbytes for keys, values in self._layers)

    def get_memory_usage(self) -> dict[str, Any]:
        """Memory in the same keys as ``KVCache``; all of it is used, and there is no ``max_seq_len`` (None)."""
        used = self.nbytes()
        return {
            "total_cache_size_mb": used / 2**20, "used_cache_size_mb": used / 2**20, "utilization": 1.0,
            "current_position": self.position, "max_seq_len": None,
            "total_bytes": used, "used_bytes": used, "bytes_per_token": self.bytes_per_token,
        }  # fmt: skip

    def check(self) -> None:
        """Raise AssertionError at the first broken invariant."""
        super().check()
        shape = (self.n_kv_heads, self.position, self.head_dim)
        for i, pair in enumerate(self._layers):
            for array in pair:
                assert array.shape == shape and array.dtype == self.dtype, f"layer {i} holds {array.shape}, not {shape}"
        assert self.nbytes() == self.position * self.bytes_per_token, "bytes do not match the formula"


def _frozen(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    for array in pair:
        array.flags.writeable = False
    return pair


def _first(pair: tuple[Array, Array], n: int) -> tuple[Array, Array]:
    """The first n tokens; copied if that leaves some out, so that the rest is really given back."""
    if pair[0].shape[1] == n:
        return pair
    return _frozen((pair[0][:, :n].copy(), pair[1][:, :n].copy()))
