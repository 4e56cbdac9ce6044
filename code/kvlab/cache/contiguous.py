"""The contiguous cache: room for the longest sequence taken once, filled from the front."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike

from kvlab.cache.base import Array, Segment
from kvlab.cache.checks import require_count
from kvlab.cache.transaction import StepCache
from kvlab.model.config import ModelConfig


class KVCache(StepCache):
    """Keys and values of one sequence in two preallocated buffers; a token's slot is its position.

    Writing a token touches that token's bytes only, and reading is a view: no byte is copied that was
    stored before. The price is memory reserved for tokens that may never come. Within a layer the heads
    come first, ``[H_kv, S, D]``, because attention reads one head's tokens in a row.

    Parameters
    ----------
    max_seq_len : int
        S, the most tokens it can hold.
    n_layers, n_heads, head_dim : int
        L, H_kv and D. ``n_heads`` counts *key/value* heads; query heads leave nothing behind.
    dtype : dtype, default float32

    Raises
    ------
    ValueError
        A count below 1 or a dtype that is not floating.

    Examples
    --------
    >>> cache = KVCache(max_seq_len=8, n_layers=1, n_heads=2, head_dim=4)
    >>> key = value = np.ones((2, 4), dtype=np.float32)
    >>> segment, = cache.update(0, key, value)
    >>> cache.advance()
    >>> cache.position, segment.keys.shape
    (1, (2, 1, 4))
    """

    def __init__(
        self, max_seq_len: int, n_layers: int, n_heads: int, head_dim: int, *, dtype: DTypeLike = np.float32
    ) -> None:
        super().__init__(n_layers, n_heads, head_dim, dtype=dtype)
        self.max_seq_len = require_count("max_seq_len", max_seq_len)
        shape = (self.n_layers, self.n_kv_heads, self.max_seq_len, self.head_dim)  # [L, H_kv, S, D]
        self._keys, self._values = np.zeros(shape, self.dtype), np.zeros(shape, self.dtype)
        self._keys_read, self._values_read = _read_only(self._keys), _read_only(self._values)

    @classmethod
    def for_model(cls, config: ModelConfig, max_seq_len: int, *, dtype: DTypeLike = np.float32) -> Self:
        """A cache with the geometry that this model's layers write."""
        return cls(max_seq_len, config.n_layers, config.n_kv_heads, config.head_dim, dtype=dtype)

    def _reserve(self, n: int) -> None:
        if self.position + n > self.max_seq_len:
            raise ValueError(
                f"the cache is full: it holds {self.position} of {self.max_seq_len} tokens and {n} more do not fit. "
                "Make it with a larger max_seq_len, or truncate() or reset() it."
            )

    def _stage(self, layer_idx: int, key: Array, value: Array) -> None:
        new = slice(self.position, self.position + key.shape[1])
        self._keys[layer_idx, :, new] = key
        self._values[layer_idx, :, new] = value
        self.bytes_written += key.nbytes + value.nbytes

    def _commit(self, n: int) -> None:
        """Nothing to move: staged tokens already lie in the slots that they will keep."""

    def _stored(self, layer_idx: int, n: int) -> Segment:
        return Segment(self._keys_read[layer_idx, :, :n], self._values_read[layer_idx, :, :n])

    def _forget(self, n: int) -> None:
        """Nothing to erase: slots from n on will be overwritten before they can be read."""

    def fork(self) -> Self:
        """An independent continuation: a cache of the same size with the committed tokens copied."""
        twin = type(self)(self.max_seq_len, self.n_layers, self.n_kv_heads, self.head_dim, dtype=self.dtype)
        twin._keys[:, :, : self.position] = self._keys[:, :, : self.position]
        twin._values[:, :, : self.position] = self._values[:, :, : self.position]
        twin.position = self.position
        return twin

    def nbytes(self) -> int:
        """Bytes reserved: both buffers, whether filled or not."""
        return self._keys.nbytes + self._values.nbytes

    def get_memory_usage(self) -> dict[str, Any]:
        """Reserved against used memory.

        Returns
        -------
        dict
            ``total_cache_size_mb`` and ``used_cache_size_mb`` in MiB (2**20 bytes), ``utilization``
            (used / total, 0 to 1), ``current_position`` and ``max_seq_len`` in tokens; and, exact, in
            bytes, ``total_bytes``, ``used_bytes`` and ``bytes_per_token``.
        """
        used = self.position * self.bytes_per_token
        return {
            "total_cache_size_mb": self.nbytes() / 2**20,
            "used_cache_size_mb": used / 2**20,
            "utilization": self.position / self.max_seq_len,
            "current_position": self.position,
            "max_seq_len": self.max_seq_len,
            "total_bytes": self.nbytes(),
            "used_bytes": used,
            "bytes_per_token": self.bytes_per_token,
        }

    def check(self) -> None:
        """Raise AssertionError at the first broken invariant."""
        super().check()
        shape = (self.n_layers, self.n_kv_heads, self.max_seq_len, self.head_dim)
        for name, buffer, view in (
            ("keys", self._keys, self._keys_read),
            ("values", self._values, self._values_read),
        ):
            assert buffer.shape == shape and buffer.dtype == self.dtype, f"{name} became {buffer.dtype} {buffer.shape}"
            assert np.shares_memory(buffer, view) and not view.flags.writeable, f"{name} are not what readers see"
        assert not np.may_share_memory(self._keys, self._values), "keys and values overlap"
        assert self.position + (self._step or 0) <= self.max_seq_len, "more tokens than slots"
        assert self.nbytes() == self.max_seq_len * self.bytes_per_token, "bytes do not match the formula"

    def __repr__(self) -> str:
        return (
            f"KVCache({self.position} of {self.max_seq_len} tokens; {self.n_layers} layers, "
            f"{self.n_kv_heads} key/value heads of {self.head_dim}, {self.dtype})"
        )


def _read_only(array: Array) -> Array:
    view = array.view()
    view.flags.writeable = False
    return view
