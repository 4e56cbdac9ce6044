"""The transaction that all caches share: a step is staged layer by layer, and counts only when it is committed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from kvlab.cache.base import Array, IntArray, Segment
from kvlab.cache.checks import require_count, require_layer, require_rows


class StepCache(ABC):
    """A cache with the transaction done: a subclass says only how tokens are stored.

    Parameters
    ----------
    n_layers, n_heads, head_dim : int
        Layers, key/value heads and head dimension.
    dtype : dtype
        Of the stored keys and values; a floating type.

    Attributes
    ----------
    bytes_written : int
        Bytes of keys and values written since the last reset, counted, not timed.
    """

    rollback_floor = 0
    rotate_on_read = False
    observes = False

    def __init__(self, n_layers: int, n_heads: int, head_dim: int, *, dtype: DTypeLike = np.float32) -> None:
        self.n_layers = require_count("n_layers", n_layers)
        self.n_kv_heads = require_count("n_heads", n_heads)
        self.head_dim = require_count("head_dim", head_dim)
        self.dtype = np.dtype(dtype)
        if not np.issubdtype(self.dtype, np.floating):
            raise ValueError(f"dtype is {self.dtype}: keys and values are stored as a floating type, such as float32.")
        self.position = 0
        self.bytes_written = 0
        self._step: int | None = None  # tokens of the open step
        self._staged: set[int] = set()  # layers that the open step has written

    # what a subclass provides

    @abstractmethod
    def _reserve(self, n: int) -> None:
        """Make sure that n more tokens fit, or raise ValueError."""

    @abstractmethod
    def _stage(self, layer_idx: int, key: Array, value: Array) -> None:
        """Write one layer's new tokens behind the committed ones."""

    @abstractmethod
    def _commit(self, n: int) -> None:
        """Make the first n staged tokens permanent; the base counts them."""

    @abstractmethod
    def _stored(self, layer_idx: int, n: int) -> Segment:
        """The first n tokens of a layer, staged ones included, as read-only views."""

    @abstractmethod
    def _forget(self, n: int) -> None:
        """Drop the tokens at positions n and later."""

    # the protocol

    def begin(self, n: int) -> IntArray:
        """Open a step for n tokens.

        Returns
        -------
        array ``[n]``
            The positions that the new tokens will have.

        Raises
        ------
        ValueError
            n is below 1, a step is open already, or the tokens do not fit. Nothing has changed then.
        """
        n = require_count("begin: n", n)
        if self._step is not None:
            raise ValueError(f"a step of {self._step} tokens is open: advance() or abort() it before the next begin.")
        self._reserve(n)
        self._step = n
        return np.arange(self.position, self.position + n)

    def update(self, layer_idx: int, key: Array, value: Array | None = None) -> tuple[Segment, ...]:
        """Stage one layer's keys and values for the open step, opening one if need be.

        Staging a layer twice in a step overwrites the first.

        Parameters
        ----------
        layer_idx : int
        key, value : array ``[H_kv, D]`` (one token) or ``[H_kv, T, D]``
            Of exactly the cache's dtype: a silent conversion would hide a loss.

        Returns
        -------
        tuple of Segment
            All tokens of this layer, the new ones included.

        Raises
        ------
        ValueError
            Wrong layer, shape or dtype, or no room. Nothing has changed then.
        """
        require_layer(layer_idx, self.n_layers)
        key, value = require_rows(key, value, self.n_kv_heads, self.head_dim, self.dtype)
        if self._step is None:
            self.begin(key.shape[1])
        elif key.shape[1] != self._step:
            raise ValueError(f"the open step is for {self._step} tokens, but layer {layer_idx} brings {key.shape[1]}.")
        self._stage(layer_idx, key, value)
        self._staged.add(layer_idx)
        return (self._stored(layer_idx, self.position + key.shape[1]),)

    def advance(self, n: int = 1) -> None:
        """Commit the first n staged tokens; a speculative step commits fewer than it staged.

        Raises
        ------
        ValueError
            n is negative or more than was staged, or a layer has not been updated: its tokens would be
            whatever the memory held. Nothing has changed then.
        """
        n = require_count("advance: n", n, least=0)
        staged = self._step or 0
        if n > staged:
            raise ValueError(f"advance({n}), but {staged} tokens are staged: update every layer with them first.")
        if n and (missing := sorted(set(range(self.n_layers)) - self._staged)):
            raise ValueError(f"advance({n}), but layers {missing} were not updated in this step: update them first.")
        self._commit(n)
        self.position += n
        self._close()

    def abort(self) -> None:
        """Drop the open step, if there is one: no token of it was ever committed."""
        self._close()

    def truncate(self, n: int) -> None:
        """Forget the tokens at positions n and later, and the open step.

        Raises
        ------
        ValueError
            n is below ``rollback_floor`` or beyond ``position``. Nothing has changed then.
        """
        n = require_count("truncate: n", n, least=0)
        if not self.rollback_floor <= n <= self.position:
            raise ValueError(f"truncate({n}), but this cache can go back to {self.rollback_floor} .. {self.position}.")
        self._forget(n)
        self.position = n
        self._close()

    def reset(self) -> None:
        """Forget everything, counters included; memory already reserved is kept."""
        self._forget(0)
        self.position = self.bytes_written = 0
        self._close()

    def get(self, layer_idx: int, seq_len: int | None = None) -> tuple[Array, Array]:
        """The stored keys and values of a layer, read-only, ``[H_kv, seq_len, D]`` each.

        Parameters
        ----------
        layer_idx : int
        seq_len : int, optional
            How many tokens from the start; the committed ones if left out. Inside a step, the tokens that
            this layer has staged may be read too.

        Raises
        ------
        ValueError
            No such layer, or more tokens than it holds.
        """
        require_layer(layer_idx, self.n_layers)
        held = self.position + (self._step if self._step and layer_idx in self._staged else 0)
        n = self.position if seq_len is None else require_count("get: seq_len", seq_len, least=0)
        if n > held:
            raise ValueError(f"get(seq_len={n}), but layer {layer_idx} holds {held} tokens.")
        segment = self._stored(layer_idx, n)
        return segment.keys, segment.values

    def observe(self, layer_idx: int, weights: Array, query_positions: IntArray) -> None:
        """Nothing: this cache does not choose tokens by their weights."""

    def end_prompt(self) -> None:
        """Nothing: this cache treats prompt and reply alike."""

    @abstractmethod
    def fork(self) -> Self:
        """An independent continuation of the committed tokens."""

    @abstractmethod
    def nbytes(self) -> int:
        """Bytes that the cache holds in memory, used or not."""

    def check(self) -> None:
        """Raise AssertionError at the first broken invariant of the step; subclasses add the storage's."""
        assert self.position >= 0, f"position is {self.position}"
        assert self._staged <= set(range(self.n_layers)), f"staged layers {self._staged} of {self.n_layers}"
        assert self._step is not None or not self._staged, "layers are staged, but no step is open"

    # memory

    @property
    def bytes_per_token(self) -> int:
        """Bytes of keys and values that one token takes in all layers: 2 L H_kv D b."""
        return 2 * self.n_layers * self.n_kv_heads * self.head_dim * self.dtype.itemsize

    # inside

    def _close(self) -> None:
        self._step = None
        self._staged.clear()
