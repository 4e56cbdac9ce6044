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
        self._signs = np.array([[-config.magnitude], [config.magnitude]])  # of the first and the second member

    def angles(self, positions: IntArray) -> tuple[FloatArray, FloatArray]:
        """Cosines ``[N, 1, D/2]``, and sines for a pair's first and second member ``[N, 2, D/2]``.

        The first member's sine is negated here, which makes ``rotate`` two products and a sum.
        """
        angles = positions[..., None, None] * self._frequencies  # [..., N, 1, D/2]
        cos, sin = np.cos(angles) * self._magnitude, np.sin(angles) * self._signs
        return cos.astype(np.float32), sin.astype(np.float32)


def rotate(x: FloatArray, angles: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Turn every head of ``x`` by its token's angles.

    Parameters
    ----------
    x : array ``[heads, N, D]``
        Query heads or key heads.
    angles : pair of arrays ``[N, 1, D/2]`` and ``[N, 2, D/2]`` (or with heads in front)
        From ``Rope.angles`` of the tokens' logical positions, whatever their storage slots.

    Returns
    -------
    array ``[heads, N, D]``
    """
    cos, sin = angles
    pairs = x.reshape(*x.shape[:-1], 2, -1)  # [heads, N, 2, D/2]
    rotated: FloatArray = pairs * cos
    rotated += pairs[..., ::-1, :] * sin
    return rotated.reshape(x.shape)


__all__ = ["Rope", "RopeConfig", "rotate"]
