"""One token's attention, compiled by numba: each key and value is read once, for all queries of its group.

BLAS has no product for three queries and many keys: as one matrix it copies the keys into an order of its own first,
as three vectors it reads them three times. Here each thread takes some of the tokens, in blocks that its cache holds,
and returns a softmax that is not divided yet. The pieces are merged by their largest scores: Flash-Decoding (Dao
et al. 2023).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from kvlab.model.kernels import fast, parallel

Array = NDArray[np.float32]

BLOCK = 256  # tokens whose scores are held at once
_LOG2_E, _LN_2 = np.float32(np.log2(np.e)), np.float32(np.log(2))
_ONE, _LOWEST = np.float32(1), np.float32(-3e38)
_C2, _C3, _C4, _C5, _C6 = (np.float32(1 / n) for n in (2, 6, 24, 120, 720))  # of the series of exp
_inlined: Any = njit(fastmath=True, inline="always")


@parallel
def attend_one(queries: Array, keys: tuple[Array, ...], values: tuple[Array, ...], parts: int) -> Array:
    """One token's scaled queries ``[H_kv, G, D]`` over keys and values, for each head ``[n, D]``: ``[H_kv, G, D]``."""
    n_kv_heads, group, head_dim = queries.shape
    n = len(keys[0])
    top = np.full((parts, n_kv_heads, group), _LOWEST)
    total = np.zeros((parts, n_kv_heads, group), np.float32)
    weighted = np.zeros((parts, n_kv_heads, group, head_dim), np.float32)
    for part in prange(parts):
        first, last = part * n // parts, (part + 1) * n // parts
        for head in range(n_kv_heads):
            _softmax_part(queries[head], keys[head], values[head], first, last,
                          top[part, head], total[part, head], weighted[part, head])  # fmt: skip
    for head in range(n_kv_heads):
        for g in range(group):
            _merge(top[:, head, g], total[:, head, g], weighted[:, head, g])
    return weighted[0]


@fast
def _softmax_part(
    queries: Array, keys: Array, values: Array, first: int, last: int, top: Array, total: Array, weighted: Array
) -> None:
    """A softmax over the tokens from ``first`` to ``last`` - 1, a block at a time; queries are ``[G, D]``."""
    group = len(queries)
    scores, powers = np.empty((group, BLOCK), np.float32), np.empty(BLOCK, np.int32)
    for start in range(first, last, BLOCK):
        n = min(BLOCK, last - start)
        _scores(queries, keys, start, n, scores)
        for g in range(group):
            highest = top[g]
            for j in range(n):
                highest = max(highest, scores[g, j])
            scale = np.exp(top[g] - highest)
            added = _exp(scores[g], powers, n, highest)
            top[g], total[g] = highest, total[g] * scale + added
            _add_values(scores[g], values, start, n, scale, weighted[g])


@_inlined
def _scores(queries: Array, keys: Array, start: int, n: int, scores: Array) -> None:
    """Dot products of all queries with n keys, each key at hand for all of them."""
    for j in range(n):
        for g in range(len(queries)):
            score = np.float32(0)
            for d in range(queries.shape[1]):
                score += queries[g, d] * keys[start + j, d]
            scores[g, j] = score


@_inlined
def _exp(x: Array, powers: NDArray[np.int32], n: int, highest: np.float32) -> np.float32:
    """``exp(x - highest)`` of the first n, in place, and their sum; written so that eight are done at once."""
    for j in range(n):
        exponent = max((x[j] - highest) * _LOG2_E, np.float32(-126))
        whole = np.floor(exponent + np.float32(0.5))
        r = (exponent - whole) * _LN_2  # exp(x) is 2**whole exp(r); the series is right to 2e-7
        x[j] = _ONE + r * (_ONE + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * _C6)))))
        powers[j] = np.int32(whole)
    bits = x.view(np.int32)
    for j in range(n):
        bits[j] += powers[j] << 23  # a float32's exponent begins at bit 23
    total = np.float32(0)
    for j in range(n):
        total += x[j]
    return total


@_inlined
def _add_values(weights: Array, values: Array, start: int, n: int, scale: np.float32, weighted: Array) -> None:
    """Scale ``weighted [D]``, and add ``weights @ values`` of n tokens to it, four of them at a time."""
    for d in range(weighted.size):
        weighted[d] *= scale
    whole = n // 4 * 4
    for j in range(0, whole, 4):
        a, b, c, e, row = weights[j], weights[j + 1], weights[j + 2], weights[j + 3], start + j
        for d in range(weighted.size):
            weighted[d] += a * values[row, d] + b * values[row + 1, d] + c * values[row + 2, d] + e * values[row + 3, d]
    for j in range(whole, n):
        for d in range(weighted.size):
            weighted[d] += weights[j] * values[start + j, d]


@_inlined
def _merge(top: Array, total: Array, weighted: Array) -> None:
    """Merge the parts ``[parts]``, ``[parts, D]`` of one query into the first, divided by the sum of all."""
    highest = top.max()
    divisor = np.float32(0)
    for part in range(top.size):
        total[part] *= np.exp(top[part] - highest)
        divisor += total[part]
    for part in range(top.size):
        scale = np.exp(top[part] - highest) / divisor
        for d in range(weighted.shape[1]):
            weighted[part, d] *= scale
    for part in range(1, top.size):
        for d in range(weighted.shape[1]):
            weighted[0, d] += weighted[part, d]
