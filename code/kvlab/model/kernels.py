"""A decode step compiled by numba: each weight, key and value is read once, at the speed of memory.

NumPy's products are BLAS's, and for one token BLAS leaves time on the table. It gives the smaller matrices to one
thread only, and wakes its threads for each of the others. And it has no product for three queries and many keys: as one
matrix it copies the keys into an order of its own first, as three vectors it reads them three times. Here each thread
reads a piece that lies in one row in memory, some inputs of a matrix or some tokens, and what comes between two
products is compiled along with them.

Needs the extra ``compiled``. All arrays are float32, only matrices may be bfloat16, kept as uint16, and are widened as
they are read. Nothing is checked here. `CompiledTransformer` is what calls it.
All is in one file because numba keeps compiled code on disk, and notices changes only of the file a function is in.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange, types
from numba.extending import overload
from numpy.typing import NDArray

Array = NDArray[np.float32]
BLOCK = 256  # tokens whose scores attention holds at once
FEW = 128  # keys, below which one thread has attended before another has begun
SMALL = 1 << 17  # entries of a matrix, below which the same holds for a product
_ANY_ORDER = {"reassoc", "contract", "arcp", "nsz"}  # of sums; but NaN stays NaN, so that the model can refuse it
fast: Any = njit(fastmath=_ANY_ORDER, error_model="numpy", cache=True, nogil=True)
parallel: Any = njit(fastmath=_ANY_ORDER, error_model="numpy", cache=True, parallel=True)
inlined: Any = njit(fastmath=_ANY_ORDER, error_model="numpy", inline="always")
_LOG2_E, _LN_2, _MOST, _ONE = np.float32(np.log2(np.e)), np.float32(np.log(2)), np.float32(126), np.float32(1)
_LOWEST, _ALL_BUT_SIGN = np.float32(-3e38), np.int32(0x7FFFFFFF)
_C2, _C3, _C4, _C5, _C6 = (np.float32(1 / n) for n in (2, 6, 24, 120, 720))  # of the series of exp


@fast
def project(hidden: Array, gain: Array, eps: float, weight: Array, cos: Array, sin: Array, n_rotated: int,
            threads: int) -> Array:  # fmt: skip
    """Queries, keys and values of one token ``[(H + 2 H_kv) D]``, the first ``n_rotated`` heads turned."""
    qkv = product(_rms_norm(hidden, gain, eps), weight, threads)
    for start in range(0, n_rotated * 2 * cos.size, 2 * cos.size):
        _turn(qkv[start:], cos, sin, qkv[start:])
    return qkv


@fast
def rotated_heads(qkv: Array, cos: Array, sin: Array, n_rotated: int) -> Array:
    """As ``rope.rotate``: the first heads of ``[N, (H + 2 H_kv) D]``, each by itself, ``[n_rotated, N, D]``."""
    n, half = cos.shape
    rotated = np.empty((n_rotated, n, 2 * half), np.float32)
    for t in range(n):
        for head in range(n_rotated):
            _turn(qkv[t, 2 * half * head :], cos[t], sin[t], rotated[head, t])
    return rotated


@inlined
def _turn(head: Array, cos: Array, sin: Array, turned: Array) -> None:
    half = cos.size
    for i in range(half):
        x, y = head[i], head[half + i]
        turned[i], turned[half + i] = x * cos[i] - y * sin[i], y * cos[i] + x * sin[i]


@fast
def finish(hidden: Array, attended: Array, output: Array, gain: Array, eps: float, gate_up: Array, down: Array,
           threads: int) -> Array:  # fmt: skip
    """The rest of a layer: what attention gathered ``[H D]`` to the next hidden state ``[E]``."""
    hidden = hidden + product(attended, output, threads)
    both = product(_rms_norm(hidden, gain, eps), gate_up, threads)  # [2 M]
    return hidden + product(swiglu(both[None])[0], down, threads)


@fast
def swiglu(gate_up: Array) -> Array:
    """As ``ops.swiglu``: ``[T, 2 M]`` to ``[T, M]``."""
    n, middle = len(gate_up), gate_up.shape[1] // 2
    gated = np.empty((n, middle), np.float32)
    for t in range(n):
        for i in range(middle):
            gated[t, i] = -gate_up[t, i]
        exponentials(gated[t], middle, np.float32(0))
        for i in range(middle):
            gated[t, i] = gate_up[t, i] / (_ONE + gated[t, i]) * gate_up[t, middle + i]
    return gated


@inlined
def exponentials(x: Array, n: int, highest: np.float32) -> np.float32:
    """``exp(x - highest)`` of the first n, in place, and their sum; written so that eight are done at once."""
    total = np.float32(0)
    for j in range(n):
        exponent = (x[j] - highest) * _LOG2_E
        exponent = -_MOST if exponent < -_MOST else exponent  # float32 reaches so far; written so that NaN stays
        exponent = _MOST if exponent > _MOST else exponent
        whole = np.floor(exponent + np.float32(0.5))
        r = (exponent - whole) * _LN_2  # exp(x) is 2**whole exp(r); the series is right to 2e-7
        series = _ONE + r * (_ONE + r * (_C2 + r * (_C3 + r * (_C4 + r * (_C5 + r * _C6)))))
        power = np.int32((np.int32(whole) + np.int32(127)) << 23).view(np.float32)  # a float32's exponent begins there
        x[j] = series * power
        total += x[j]
    return total


@inlined
def largest(x: Array, n: int) -> np.float32:
    """The largest of the first n, found among their bits, because eight integers are compared at once but not floats.

    The bits of negative numbers are ordered the other way round, so all but the sign is turned.
    """
    bits, most = x.view(np.int32), np.int32(-(2**31))
    for j in range(n):
        most = max(most, np.int32(bits[j] ^ ((bits[j] >> 31) & _ALL_BUT_SIGN)))
    return np.int32(most ^ ((most >> 31) & _ALL_BUT_SIGN)).view(np.float32)


@fast
def logits(hidden: Array, gain: Array, eps: float, head: Array, threads: int) -> Array:
    """What follows the token, ``[V]``."""
    return product(_rms_norm(hidden, gain, eps), head, threads)


@fast
def _rms_norm(x: Array, gain: Array, eps: float) -> Array:
    total = np.float32(0)
    for i in range(x.size):
        total += x[i] * x[i]
    return x * (np.float32(1) / np.sqrt(total / np.float32(x.size) + np.float32(eps))) * gain


def _wide(number: Any) -> Any:
    """A weight as float32: itself, or with 16 more bits."""


@overload(_wide, inline="always", strict=False)
def _wide_of(number: Any) -> Any:  # decided by type, when a kernel is compiled
    if number == types.uint16:
        return lambda number: np.uint32(np.uint32(number) << 16).view(np.float32)
    return lambda number: number


@fast
def product(x: Array, weight: Array, threads: int) -> Array:
    """``x @ weight``: ``[in]`` times ``[in, out]``, whichever axis lies in a row in memory."""
    threads = 1 if weight.size < SMALL else threads
    if weight.flags.c_contiguous:
        return _by_input(x, weight, threads)
    return _by_output(x, weight.T, threads)


@fast
def _by_input(x: Array, weight: Array, parts: int) -> Array:
    """``weight`` is ``[in, out]`` in C order: each thread takes some of the inputs."""
    partial = np.empty((parts, weight.shape[1]), np.float32)
    if parts == 1:
        _add_rows(x, weight, 0, x.size, partial[0])
    else:
        _add_rows_in_parts(x, weight, partial)
    for part in range(1, parts):
        partial[0] += partial[part]
    return partial[0]


@parallel
def _add_rows_in_parts(x: Array, weight: Array, partial: Array) -> None:
    parts = len(partial)
    for part in prange(parts):
        _add_rows(x, weight, part * x.size // parts, (part + 1) * x.size // parts, partial[part])


@fast
def _add_rows(x: Array, weight: Array, first: int, last: int, y: Array) -> None:
    """Set y ``[out]`` to what the inputs from ``first`` to ``last`` - 1 contribute."""
    y[:] = np.float32(0)
    whole = first + (last - first) // 4 * 4
    for i in range(first, whole, 4):  # four rows at a time: y is read and written a quarter as often
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(y.size):
            y[j] += (a * _wide(weight[i, j]) + b * _wide(weight[i + 1, j])
                     + c * _wide(weight[i + 2, j]) + d * _wide(weight[i + 3, j]))  # fmt: skip
    for i in range(whole, last):
        for j in range(y.size):
            y[j] += x[i] * _wide(weight[i, j])


@fast
def _by_output(x: Array, weight: Array, parts: int) -> Array:
    """``weight`` is ``[out, in]`` in C order: each thread takes some of the outputs."""
    y = np.empty(len(weight), np.float32)
    if parts == 1:
        _dot_rows(x, weight, 0, y.size, y)
    else:
        _dot_rows_in_parts(x, weight, parts, y)
    return y


@parallel
def _dot_rows_in_parts(x: Array, weight: Array, parts: int, y: Array) -> None:
    for part in prange(parts):
        _dot_rows(x, weight, part * y.size // parts, (part + 1) * y.size // parts, y)


@fast
def _dot_rows(x: Array, weight: Array, first: int, last: int, y: Array) -> None:
    """Set the outputs from ``first`` to ``last`` - 1 in y ``[out]``."""
    for i in range(first, last):
        total = np.float32(0)
        for j in range(x.size):
            total += x[j] * _wide(weight[i, j])
        y[i] = total


@fast
def attend_one(queries: Array, keys: tuple[Array, ...], values: tuple[Array, ...], threads: int) -> Array:
    """One token's scaled queries ``[H_kv, G, D]`` over keys and values, for each head ``[n, D]``: ``[H_kv, G, D]``.

    Each thread takes some of the tokens, in blocks that its cache holds, and returns a softmax that is not divided yet.
    The pieces are merged by their largest scores: Flash-Decoding (Dao et al. 2023).
    """
    n_kv_heads, group, head_dim = queries.shape
    parts = threads if len(keys[0]) >= FEW else 1
    top = np.full((parts, n_kv_heads, group), _LOWEST)
    total = np.zeros((parts, n_kv_heads, group), np.float32)
    weighted = np.zeros((parts, n_kv_heads, group, head_dim), np.float32)
    if parts == 1:
        _attend_part(queries, keys, values, 0, len(keys[0]), top[0], total[0], weighted[0])
    else:
        _attend_in_parts(queries, keys, values, top, total, weighted)
    for head in range(n_kv_heads):
        for g in range(group):
            _merge(top[:, head, g], total[:, head, g], weighted[:, head, g])
    return weighted[0]


@parallel
def _attend_in_parts(
    queries: Array, keys: tuple[Array, ...], values: tuple[Array, ...], top: Array, total: Array, weighted: Array
) -> None:
    parts, n = len(top), len(keys[0])
    for part in prange(parts):
        first, last = part * n // parts, (part + 1) * n // parts
        _attend_part(queries, keys, values, first, last, top[part], total[part], weighted[part])


@fast
def _attend_part(queries: Array, keys: tuple[Array, ...], values: tuple[Array, ...], first: int, last: int,
                 top: Array, total: Array, weighted: Array) -> None:  # fmt: skip
    for head in range(len(queries)):
        _softmax_part(queries[head], keys[head], values[head], first, last, top[head], total[head], weighted[head])


@fast
def _softmax_part(
    queries: Array, keys: Array, values: Array, first: int, last: int, top: Array, total: Array, weighted: Array
) -> None:
    """A softmax over the tokens from ``first`` to ``last`` - 1, a block at a time; queries are ``[G, D]``."""
    group = len(queries)
    scores = np.empty((group, BLOCK), np.float32)
    for start in range(first, last, BLOCK):
        n = min(BLOCK, last - start)
        _scores(queries, keys, start, n, scores)
        for g in range(group):
            highest = max(top[g], largest(scores[g], n))
            scale = np.exp(top[g] - highest)
            added = exponentials(scores[g], n, highest)
            top[g], total[g] = highest, total[g] * scale + added
            _add_values(scores[g], values, start, n, scale, weighted[g])


@inlined
def _scores(queries: Array, keys: Array, start: int, n: int, scores: Array) -> None:
    """Dot products of all queries with n keys, four of them at a time and each at hand for all queries."""
    whole = n // 4 * 4
    for j in range(0, whole, 4):
        row = start + j
        for g in range(len(queries)):
            a, b, c, e = np.float32(0), np.float32(0), np.float32(0), np.float32(0)
            for d in range(queries.shape[1]):
                x = queries[g, d]
                a, b = a + x * keys[row, d], b + x * keys[row + 1, d]
                c, e = c + x * keys[row + 2, d], e + x * keys[row + 3, d]
            scores[g, j], scores[g, j + 1], scores[g, j + 2], scores[g, j + 3] = a, b, c, e
    for j in range(whole, n):
        for g in range(len(queries)):
            score = np.float32(0)
            for d in range(queries.shape[1]):
                score += queries[g, d] * keys[start + j, d]
            scores[g, j] = score


@inlined
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


@inlined
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


@fast
def causal_softmax(scores: Array, first: int) -> Array:
    """Exponentials in place of scores ``[G, N, n]``, not divided yet; returns their sums ``[G, N]``.

    Query i stands at position ``first + i`` and sees the keys up to there; the others get 0.
    """
    group, n_queries, _ = scores.shape
    totals = np.empty((group, n_queries), np.float32)
    for g in range(group):
        for i in range(n_queries):
            row, seen = scores[g, i], first + i + 1
            totals[g, i] = exponentials(row, seen, largest(row, seen))
            row[seen:] = np.float32(0)
    return totals
