"""A decode step's products with weights, compiled by numba: each weight is read once, at the speed of memory.

NumPy's products are BLAS's, and for one token BLAS leaves time on the table: it gives the smaller matrices to one
thread only, and wakes its threads for each of the others. Here each thread reads a piece that lies in one row in
memory, and what comes between two products is compiled along with them.

Needs the extra ``compiled``. All arrays are float32; nothing is checked here. `CompiledTransformer` is what calls it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Array = NDArray[np.float32]

fast: Any = njit(fastmath=True, cache=True)
parallel: Any = njit(fastmath=True, cache=True, parallel=True)


@fast
def project(hidden: Array, gain: Array, eps: float, weight: Array, cos: Array, sin: Array, n_rotated: int,
            threads: int) -> Array:  # fmt: skip
    """Queries, keys and values of one token ``[(H + 2 H_kv) D]``, the first ``n_rotated`` heads turned."""
    qkv = product(_rms_norm(hidden, gain, eps), weight, threads)
    half = cos.size
    for head in range(n_rotated):
        first, second = qkv[2 * half * head :][:half], qkv[2 * half * head + half :][:half]
        for i in range(half):
            x, y = first[i], second[i]
            first[i], second[i] = x * cos[i] - y * sin[i], y * cos[i] + x * sin[i]
    return qkv


@fast
def finish(hidden: Array, attended: Array, output: Array, gain: Array, eps: float, gate_up: Array, down: Array,
           threads: int) -> Array:  # fmt: skip
    """The rest of a layer: what attention gathered ``[H D]`` to the next hidden state ``[E]``."""
    hidden = hidden + product(attended, output, threads)
    both = product(_rms_norm(hidden, gain, eps), gate_up, threads)  # [2 M]
    middle = both.size // 2
    gate = both[:middle]
    return hidden + product(gate / (np.float32(1) + np.exp(-gate)) * both[middle:], down, threads)


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


@fast
def product(x: Array, weight: Array, threads: int) -> Array:
    """``x @ weight``: ``[in]`` times ``[in, out]``, whichever axis lies in a row in memory."""
    if weight.flags.c_contiguous:
        return _by_input(x, weight, threads)
    return _by_output(x, weight.T, threads)


@parallel
def _by_input(x: Array, weight: Array, parts: int) -> Array:
    """``weight`` is ``[in, out]`` in C order: each thread takes some of the inputs."""
    n_in, n_out = weight.shape
    partial = np.empty((parts, n_out), np.float32)
    for part in prange(parts):
        _add_rows(x, weight, part * n_in // parts, (part + 1) * n_in // parts, partial[part])
    y = partial[0]
    for part in range(1, parts):
        y += partial[part]
    return y


@fast
def _add_rows(x: Array, weight: Array, first: int, last: int, y: Array) -> None:
    """Set y ``[out]`` to what the inputs from ``first`` to ``last`` - 1 contribute."""
    y[:] = np.float32(0)
    whole = first + (last - first) // 4 * 4
    for i in range(first, whole, 4):  # four rows at a time: y is read and written a quarter as often
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(y.size):
            y[j] += a * weight[i, j] + b * weight[i + 1, j] + c * weight[i + 2, j] + d * weight[i + 3, j]
    for i in range(whole, last):
        for j in range(y.size):
            y[j] += x[i] * weight[i, j]


@parallel
def _by_output(x: Array, weight: Array, parts: int) -> Array:
    """``weight`` is ``[out, in]`` in C order: each thread takes some of the outputs."""
    n_out, n_in = weight.shape
    y = np.empty(n_out, np.float32)
    for part in prange(parts):
        for i in range(part * n_out // parts, (part + 1) * n_out // parts):
            total = np.float32(0)
            for j in range(n_in):
                total += x[j] * weight[i, j]
            y[i] = total
    return y
