"""The few operations between a transformer's matrix products."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def rms_norm(x: Array, gain: Array, eps: float) -> Array:
    """Scale each row to a root mean square of one, then by a learned gain.

    Parameters
    ----------
    x : array ``[..., E]``
    gain : array ``[E]``
    eps : float
        Added to the mean square, so that a row of zeros stays one.

    Notes
    -----
    Zhang and Sennrich 2019, arXiv:1910.07467.
    """
    mean_square = np.vecdot(x, x)[..., None] / x.shape[-1]  # [..., 1]
    normed: Array = x / np.sqrt(mean_square + eps)
    normed *= gain
    return normed


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """``x @ weight + bias``: ``[T, in]`` times ``[in, out]``."""
    y: Array = _few_rows(x, weight) if 1 < len(x) < 32 else x @ weight
    if bias is not None:
        y += bias
    return y


def _few_rows(x: Array, weight: Array) -> Array:
    """The same product where BLAS stumbles: small batches, small chunks.

    Two rows as one product cost OpenBLAS more than twice one row, and seven more than eight. So two or three go one by
    one, the second finding the matrix in the processor's cache, and others are filled up with zeros to whole eights.
    """
    if len(x) < 4:
        return (x[:, None] @ weight)[:, 0]
    padded = np.zeros((-(-len(x) // 8) * 8, x.shape[1]), x.dtype)
    padded[: len(x)] = x
    return (padded @ weight)[: len(x)]


def silu(x: Array) -> Array:
    """Multiply x by its own logistic: x / (1 + exp(-x)), which is 0 where the exponential is beyond float32."""
    with np.errstate(over="ignore"):
        activated: Array = np.exp(-x)
    activated += 1
    np.divide(x, activated, out=activated)
    return activated


def swiglu(gate_up: Array) -> Array:
    """One half of the columns gates the other: ``[T, 2 M]`` to ``[T, M]``. Shazeer 2020, arXiv:2002.05202."""
    middle = gate_up.shape[-1] // 2
    gated = silu(gate_up[..., :middle])
    gated *= gate_up[..., middle:]
    return gated


def softmax(scores: Array) -> Array:
    """Weights that add up to one along the last axis; a score of minus infinity gets none."""
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    normed: Array = weights / weights.sum(axis=-1, keepdims=True)
    return normed
