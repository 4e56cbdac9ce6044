"""Rotary position embedding: a key is turned by its position once, and never again.

Each pair of a head's dimensions is a point in the plane, turned by ``position * frequency``. The dot product of
a turned query and a turned key depends on the distance between their positions only, which is why a cached
key needs no correction when more tokens arrive. Source: Su et al. 2021, RoFormer, section 3.4.

Pairs are (i, i + D/2), the "half-split" order of the Hugging Face checkpoints. GGUF files of the llama
architecture store (2i, 2i + 1) instead; ``kvlab.io.gguf`` undoes that when it reads them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kvlab.model.rope_scaling import RopeConfig

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


class Rope:
    """The rotation for one head size, ready to apply.

    Angles are computed in float64: at position 100,000 a float32 product is off by 0.004 radians.

    Parameters
    ----------
    config : RopeConfig
    head_dim : int
        D, even.
    """

    def __init__(self, config: RopeConfig, head_dim: int) -> None:
        if head_dim < 2 or head_dim % 2:
            raise ValueError(f"head_dim is {head_dim}: rotary embedding turns pairs, so it must be even.")
        self._frequencies = config.frequencies(head_dim)  # [D/2]
        self._magnitude = config.magnitude

    def angles(self, positions: IntArray) -> tuple[FloatArray, FloatArray]:
        """Cosines and sines for each position, both ``[N, D]``, the sine's first half negated.

        Doubling them here makes ``rotate`` two products and a sum, with no half to treat apart.
        """
        angles = positions[..., None] * self._frequencies  # [..., N, D/2]
        cos, sin = np.cos(angles) * self._magnitude, np.sin(angles) * self._magnitude
        both_cos, both_sin = np.concatenate([cos, cos], axis=-1), np.concatenate([-sin, sin], axis=-1)
        return both_cos.astype(np.float32), both_sin.astype(np.float32)


def rotate(x: FloatArray, angles: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Turn every head of ``x`` by its token's angles.

    Parameters
    ----------
    x : array ``[heads, N, D]``
        Query heads or key heads.
    angles : pair of arrays ``[N, D]`` (or ``[heads, N, D]``)
        From ``Rope.angles`` of the tokens' logical positions, whatever their storage slots.

    Returns
    -------
    array ``[heads, N, D]``
    """
    cos, sin = angles
    half = x.shape[-1] // 2
    swapped: FloatArray = np.concatenate([x[..., half:], x[..., :half]], axis=-1)  # [heads, N, D]
    rotated: FloatArray = x * cos + swapped * sin
    return rotated


__all__ = ["Rope", "RopeConfig", "rotate"]
