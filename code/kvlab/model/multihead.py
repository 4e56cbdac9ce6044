"""One attention layer by itself: the smallest thing that a KV cache can be tried on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kvlab.cache.base import Cache
from kvlab.cache.checks import require_count
from kvlab.model.attention import attend, store
from kvlab.model.ops import linear
from kvlab.model.rope import Rope, RopeConfig, rotate

Array = NDArray[np.float32]


class CachedMultiHeadAttention:
    """Causal multi-head attention, with and without a cache, for any number of new tokens.

    Parameters
    ----------
    embed_dim, num_heads : int
        E and H.
    n_kv_heads : int, optional
        H_kv; as many as query heads if left out (MHA), fewer for grouped queries, 1 for MQA.
    head_dim : int, optional
        D; ``embed_dim / num_heads`` if left out, which must then divide.
    rope : RopeConfig, optional
        Rotary embedding; left out, the layer knows positions only through its mask.
    window : int, optional
        How many of the newest tokens a query sees, itself included.
    seed : int
        Of the random weights.

    Raises
    ------
    ValueError
        Sizes that do not fit together.

    Examples
    --------
    >>> from kvlab import KVCache
    >>> attention = CachedMultiHeadAttention(embed_dim=32, num_heads=4)
    >>> cache = KVCache(max_seq_len=8, n_layers=1, n_heads=4, head_dim=8)
    >>> x = np.random.default_rng(0).standard_normal((5, 32)).astype(np.float32)
    >>> whole = attention(x)
    >>> first = attention(x[:4], cache); cache.advance(4)
    >>> last = attention(x[4:], cache); cache.advance()
    >>> bool(np.allclose(whole, np.concatenate([first, last]), atol=1e-6))
    True
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        *,
        n_kv_heads: int | None = None,
        head_dim: int | None = None,
        rope: RopeConfig | None = None,
        window: int | None = None,
        seed: int = 0,
    ) -> None:
        self.embed_dim = require_count("embed_dim", embed_dim)
        self.num_heads = require_count("num_heads", num_heads)
        self.n_kv_heads = self.num_heads if n_kv_heads is None else require_count("n_kv_heads", n_kv_heads)
        if self.num_heads % self.n_kv_heads:
            raise ValueError(f"{num_heads} query heads cannot share {n_kv_heads} key/value heads evenly.")
        if head_dim is None and embed_dim % num_heads:
            raise ValueError(f"embed_dim {embed_dim} does not divide into {num_heads} heads: give head_dim.")
        self.head_dim = embed_dim // num_heads if head_dim is None else require_count("head_dim", head_dim)
        self.window = None if window is None else require_count("window", window)
        self._rope = None if rope is None else Rope(rope, self.head_dim)
        rng = np.random.default_rng(seed)
        width, qkv = self.num_heads * self.head_dim, (self.num_heads + 2 * self.n_kv_heads) * self.head_dim
        self.qkv = rng.standard_normal((embed_dim, qkv), dtype=np.float32) * np.float32(embed_dim**-0.5)
        self.output = rng.standard_normal((width, embed_dim), dtype=np.float32) * np.float32(width**-0.5)

    def forward(self, x: Array, cache: Cache | None = None, layer_idx: int = 0) -> Array:
        """Attend from the new tokens to everything before them and to themselves.

        Parameters
        ----------
        x : array ``[N, E]`` float32
            Hidden states of the new tokens.
        cache : Cache, optional
            Holds the earlier ones. This call stages the new ones in ``layer_idx``; when all layers have
            done so, the caller commits with ``cache.advance(N)``.
        layer_idx : int

        Returns
        -------
        array ``[N, E]``

        Raises
        ------
        ValueError
            x of another shape or dtype, or a cache of another geometry or without room.
        """
        x = self._checked(x)
        start = 0 if cache is None else cache.position
        positions = np.arange(start, start + len(x))
        query, key, value = self._heads(x)
        if self._rope is not None:
            angles = self._rope.angles(positions)
            query = rotate(query, angles)
            key = key if cache is not None and cache.rotate_on_read else rotate(key, angles)
        segments = store(cache, layer_idx, key, value)
        attended = attend(query, segments, positions, window=self.window, rope=self._rope)  # [H, N, D]
        return linear(attended.transpose(1, 0, 2).reshape(len(x), -1), self.output)

    __call__ = forward

    def _heads(self, x: Array) -> tuple[Array, Array, Array]:
        """Query ``[H, N, D]``, key and value ``[H_kv, N, D]``."""
        heads = linear(x, self.qkv).reshape(len(x), -1, self.head_dim).transpose(1, 0, 2)
        first_value = self.num_heads + self.n_kv_heads
        return heads[: self.num_heads], heads[self.num_heads : first_value], heads[first_value:]

    def _checked(self, x: Array) -> Array:
        if not isinstance(x, np.ndarray) or x.dtype != np.float32:
            given = x.dtype if isinstance(x, np.ndarray) else type(x).__name__
            raise ValueError(f"x is {given}; give hidden states as a float32 array, [N, {self.embed_dim}].")
        if x.ndim != 2 or x.shape[1] != self.embed_dim or len(x) == 0:
            raise ValueError(
                f"x is {list(x.shape)}; give [N, {self.embed_dim}] with at least one token, no batch axis."
            )
        return x
