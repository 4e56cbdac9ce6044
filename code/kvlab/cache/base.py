"""The contract between a model and any cache.

A forward pass visits the layers one after another, and any of them can fail. So a step is a transaction:

    begin(n)              room for n tokens is reserved, or the step is refused
    update(0, k, v)       layer 0 stages its keys and values, and is shown everything it may attend to
    ...
    update(L - 1, k, v)
    advance(n)            only now do the tokens count; abort() instead, and nothing has happened

Two names for two things: a token's *position* is its place in the text and never changes; its *slot* is
where a cache happens to store it. Masks and rotary embedding use positions only.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
IntArray = NDArray[np.int64]


class Segment(NamedTuple):
    """Stored tokens that a layer attends to: read-only views, valid until the next begin, truncate or reset."""

    keys: Array  # [H_kv, n, D]
    values: Array  # [H_kv, n, D]; may alias the keys where a cache stores one array for both
    positions: IntArray | None = None  # None is 0 .. n-1; else [n] or [H_kv, n], with -1 for an empty slot
    rope_positions: IntArray | None = None  # None: keys are rotated already; else rotate on read, [n]


class Cache(Protocol):
    """What a model asks of a cache. Every cache in this package obeys it and passes the same tests."""

    n_layers: int
    dtype: np.dtype[Any]  # of the keys and values that update accepts
    position: int  # committed tokens, which is also the next token's logical position
    rollback_floor: int  # the least n that truncate accepts: 0 where nothing is ever lost
    rotate_on_read: bool  # keys are to be staged before rotation; segments then carry rope_positions
    observes: bool  # the cache wants attention weights, through observe

    def begin(self, n: int) -> IntArray:
        """Open a step for n tokens, reserving all that it needs; return their positions ``[n]``."""
        ...

    def update(self, layer_idx: int, key: Array, value: Array | None = None) -> tuple[Segment, ...]:
        """Stage one layer's keys and values; return what it may attend to, the new tokens included."""
        ...

    def observe(self, layer_idx: int, weights: Array, query_positions: IntArray) -> None:
        """Take note of the attention weights ``[H, N, n]`` that a layer computed."""
        ...

    def advance(self, n: int = 1) -> None:
        """Commit the first n staged tokens and drop the others."""
        ...

    def abort(self) -> None:
        """Drop the open step, if there is one."""
        ...

    def end_prompt(self) -> None:
        """The prompt is complete; some policies act here."""
        ...

    def truncate(self, n: int) -> None:
        """Forget the tokens at positions n and later."""
        ...

    def fork(self) -> Self:
        """An independent continuation of the same tokens."""
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...

    def nbytes(self) -> int:
        """Bytes that the cache holds in memory, used or not."""
        ...

    def check(self) -> None:
        """Walk the whole structure; raise AssertionError at the first broken invariant."""
        ...
