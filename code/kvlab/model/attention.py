"""Attention of new queries over whatever a cache holds: one segment or several, any order, any window.

Rows are queries, columns are keys. What a query may see is decided by logical positions alone, so a prompt in
one piece, a prompt in chunks, a single new token and a cache with gaps are all the same computation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kvlab.cache.base import Cache, Segment
from kvlab.model.ops import softmax
from kvlab.model.rope import Rope, rotate

Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

QUERY_BLOCK = 64  # queries worked on at once: bounds the score matrix of a long prompt, skips its upper triangle
_LOWEST = np.finfo(np.float32).min


def attend(
    queries: Array,
    segments: Sequence[Segment],
    query_positions: IntArray,
    *,
    window: int | None = None,
    rope: Rope | None = None,
) -> Array:
    """What each query gathers from the values it may see.

    Parameters
    ----------
    queries : array ``[H, N, D]``
        Already rotated. Consecutive groups of H / H_kv query heads share a key/value head.
    segments : sequence of Segment
        Everything stored, the new tokens included. Keys are never copied per query head.
    query_positions : array ``[N]``
        Logical positions of the new tokens, consecutive.
    window : int, optional
        A query sees the newest ``window`` positions up to its own, itself included.
    rope : Rope, optional
        Needed where a segment asks for rotation on read.

    Returns
    -------
    array ``[H, N, D]``

    Notes
    -----
    Vaswani et al. 2017, section 3.2.1; grouped queries: Ainslie et al. 2023. Several segments are merged by
    the logarithms of their sums, so the result does not depend on how the tokens are split.
    """
    n_heads, n_queries, head_dim = queries.shape
    n_kv_heads, scale = segments[0].keys.shape[0], np.float32(head_dim**-0.5)
    grouped = queries.reshape(n_kv_heads, -1, n_queries, head_dim)  # [H_kv, G, N, D]
    if n_queries == 1 and len(segments) == 1 and segments[0].positions is segments[0].rope_positions is None:
        seen = _span(segments[0].keys.shape[1], query_positions, window)
        keys, values = segments[0].keys[:, seen], segments[0].values[:, seen]
        one = _attend_one(grouped[:, :, 0] * scale, keys, values)  # [H_kv, G, D_v]
        return one.reshape(n_heads, 1, -1).astype(np.float32, copy=False)
    value_dim = segments[0].values.shape[-1]
    by_token = np.empty((n_queries, *grouped.shape[:2], value_dim), np.float32)  # the next product reads it so
    attended = by_token.transpose(1, 2, 0, 3)  # [H_kv, G, N, D_v]
    for rows in (slice(i, i + QUERY_BLOCK) for i in range(0, n_queries, QUERY_BLOCK)):
        scaled = grouped[:, :, rows] * scale
        attended[:, :, rows] = _attend_block(scaled, segments, query_positions[rows], window, rope)
    return attended.reshape(n_heads, n_queries, -1)


def store(cache: Cache | None, layer_idx: int, key: Array, value: Array) -> tuple[Segment, ...]:
    """Put a layer's new keys and values where attention finds them: in the cache, or nowhere at all.

    The cache keeps them in its own precision; without one, the new tokens are all there is to see.
    """
    if cache is None:
        return (Segment(key, value),)
    return cache.update(layer_idx, key.astype(cache.dtype, copy=False), value.astype(cache.dtype, copy=False))


def visible(query_positions: IntArray, key_positions: IntArray, window: int | None = None) -> BoolArray:
    """Which keys each query may see, from positions alone.

    Parameters
    ----------
    query_positions : array ``[N]``
    key_positions : array ``[n]`` or ``[H_kv, n]``
        -1 marks an empty slot.
    window : int, optional

    Returns
    -------
    array of bool ``[N, n]`` or ``[H_kv, N, n]``
        Rows are queries, columns keys.
    """
    keys, queries = key_positions[..., None, :], query_positions[:, None]
    seen: BoolArray = (keys <= queries) & (keys >= 0)
    return seen if window is None else seen & (keys > queries - window)


def attention_weights(
    queries: Array, segments: Sequence[Segment], query_positions: IntArray, *, window: int | None = None
) -> Array:
    """The weights themselves, ``[H, N, n]`` over all segments' slots: the definition, slow and plain.

    For pictures, for tests of ``attend``, and for caches that choose tokens by their weights.
    """
    n_heads, _, head_dim = queries.shape
    group = n_heads // segments[0].keys.shape[0]
    parts = []
    for segment in segments:
        keys = np.repeat(segment.keys, group, axis=0)  # [H, n, D]
        scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(head_dim)  # [H, N, n]
        mask = visible(query_positions, _positions(segment), window)
        mask = np.repeat(mask, group, axis=0) if mask.ndim == 3 else mask
        parts.append(np.where(mask, scores, -np.inf))
    return softmax(np.concatenate(parts, axis=-1)).astype(np.float32)


class _Partial(NamedTuple):
    """A softmax over some of the keys, not yet divided: what can still be merged with the rest."""

    top: Array  # [H_kv, G, N, 1] largest score
    total: Array  # [H_kv, G, N, 1] sum of exp(score - top)
    weighted: Array  # [H_kv, G, N, D_v] sum of exp(score - top) * value


def _attend_one(queries: Array, keys: Array, values: Array) -> Array:
    """A single token's scaled queries ``[H_kv, G, D]`` over keys that it may all see: decode, with no mask to build.

    A matrix-vector product for each query head. As one product for the group, BLAS would copy keys and values into an
    order of its own first: a cost that many queries share, but three do not repay.
    """
    scores: Array = (keys[:, None] @ queries[..., None])[..., 0]  # [H_kv, G, n]
    scores -= scores.max(axis=-1, keepdims=True)
    np.exp(scores, out=scores)
    weighted: Array = (scores[:, :, None] @ values[:, None])[:, :, 0]  # [H_kv, G, D_v]
    weighted /= scores.sum(axis=-1, keepdims=True)
    return weighted


def _attend_block(
    queries: Array, segments: Sequence[Segment], positions: IntArray, window: int | None, rope: Rope | None
) -> Array:
    """Attention of a block of scaled queries ``[H_kv, G, N, D]``."""
    partials = [_attend_segment(queries, segment, positions, window, rope) for segment in segments]
    if len(partials) == 1:
        return partials[0].weighted / partials[0].total
    return _merge(partials)


def _attend_segment(
    queries: Array, segment: Segment, positions: IntArray, window: int | None, rope: Rope | None
) -> _Partial:
    """The part of the softmax that one segment contributes."""
    keys, values = segment.keys, segment.values
    mask: BoolArray | None = None
    if segment.positions is None:
        seen = _span(keys.shape[1], positions, window)
        keys, values = keys[:, seen], values[:, seen]  # a view: what no query of the block sees is not read
        if len(positions) > 1:  # without a window, only keys of the block itself are hidden from some of its queries
            first = seen.start if window is not None else min(int(positions[0]), seen.stop)
            mask = visible(positions, np.arange(first, seen.stop), window)
    else:
        mask = visible(positions, segment.positions, window)
    if segment.rope_positions is not None:
        if rope is None:
            raise ValueError("a segment asks for rotation on read, but attend was given no rope.")
        keys = rotate(keys, rope.angles(segment.rope_positions))
    if len(positions) == 1:
        return _partial_softmax(_scores(queries, keys, mask), values)
    by_head = []
    for head in (slice(i, i + 1) for i in range(len(keys))):  # one at a time: its scores stay in the processor's cache
        own = mask[head] if mask is not None and mask.ndim == 3 else mask
        by_head.append(_partial_softmax(_scores(queries[head], keys[head], own), values[head]))
    return _Partial(*(np.concatenate(part) for part in zip(*by_head, strict=True)))


def _span(n_keys: int, positions: IntArray, window: int | None) -> slice:
    """The keys at positions 0 .. n_keys - 1 that at least one of the queries may see."""
    first = 0 if window is None else max(0, int(positions[0]) - window + 1)
    return slice(min(first, n_keys), min(n_keys, int(positions[-1]) + 1))


def _scores(queries: Array, keys: Array, mask: BoolArray | None) -> Array:
    """Dot products ``[H_kv, G, N, n]``, minus infinity where the mask, which is about the last keys, forbids."""
    n_kv_heads, group, n_queries, head_dim = queries.shape
    rows = queries.reshape(n_kv_heads, group * n_queries, head_dim)
    if n_queries == 1:  # keys are the large operand: multiply from their side, then lay the scores out by query
        scores = np.ascontiguousarray((keys @ rows.transpose(0, 2, 1)).transpose(0, 2, 1))
    else:
        scores = rows @ keys.transpose(0, 2, 1)
    scores = scores.reshape(n_kv_heads, group, n_queries, -1)
    if mask is not None:
        last = scores[..., scores.shape[-1] - mask.shape[-1] :]
        np.copyto(last, -np.inf, where=~(mask[:, None] if mask.ndim == 3 else mask))
    return scores


def _partial_softmax(scores: Array, values: Array) -> _Partial:
    """Exponentials and their sums; the division waits until all keys are in."""
    n_kv_heads, group, n_queries, n_keys = scores.shape
    top = scores.max(axis=-1, keepdims=True, initial=_LOWEST)  # not minus infinity where a row sees nothing
    scores -= top
    np.exp(scores, out=scores)
    weighted = scores.reshape(n_kv_heads, group * n_queries, n_keys) @ values
    total = scores.sum(axis=-1, keepdims=True)
    return _Partial(top, total, weighted.reshape(n_kv_heads, group, n_queries, -1))


def _merge(partials: Sequence[_Partial]) -> Array:
    """One softmax from several parts, each weighed by exp(its top - the overall top)."""
    top = np.max([part.top for part in partials], axis=0)
    scales = [np.exp(part.top - top) for part in partials]
    total = sum(part.total * scale for part, scale in zip(partials, scales, strict=True))
    weighted = sum(part.weighted * scale for part, scale in zip(partials, scales, strict=True))
    merged: Array = weighted / total
    return merged


def _positions(segment: Segment) -> IntArray:
    return np.arange(segment.keys.shape[1]) if segment.positions is None else segment.positions
