"""Weights of two bytes instead of four, to see what half the bytes do to the time of a decode step.

bfloat16 is the upper half of a float32: the same exponent, and 7 bits of fraction instead of 23. NumPy has no such
type, so the halves are kept as uint16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kvlab.model.config import ModelConfig
from kvlab.model.weights import LayerWeights, ModelWeights, empty_weights

Array = NDArray[np.float32]
Halves = NDArray[np.uint16]
Weights = TypeVar("Weights", ModelWeights, LayerWeights)


def to_bfloat16(x: Array) -> Halves:
    """The bits of the bfloat16 nearest to each float32, of the even one where two are; NaN and infinity stay.

    Examples
    --------
    >>> from_bfloat16(to_bfloat16(np.array([1, -2.5, 3.14159], np.float32)))
    array([ 1.      , -2.5     ,  3.140625], dtype=float32)
    """
    bits = x.view(np.uint32)
    upper = bits >> np.uint32(16)
    nearest = (bits + (np.uint32(0x7FFF) + (upper & np.uint32(1)))) >> np.uint32(16)
    return np.where(np.isnan(x), upper | np.uint32(0x40), nearest).astype(np.uint16)  # 0x40: NaN even if all below was


def from_bfloat16(halves: Halves) -> Array:
    """The float32 that each bfloat16 is."""
    widened: Array = (halves.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return widened


def bfloat16_weights(config: ModelConfig, weights: ModelWeights) -> tuple[ModelWeights, ModelWeights]:
    """The weights with every matrix rounded to bfloat16: as uint16, and widened again to float32.

    Gains and biases stay float32 in both, as is usual: they are few. Both are laid out as ``empty_weights`` does it.
    """
    narrow = _each_matrix(to_bfloat16, weights, empty_weights(config, np.uint16))
    return narrow, _each_matrix(from_bfloat16, narrow, empty_weights(config))


def _each_matrix(change: Callable[[Any], Any], weights: ModelWeights, places: ModelWeights) -> ModelWeights:
    """Fill the places of matrices with changed ones, and put what is not a matrix beside them."""
    pairs = zip(weights.layers, places.layers, strict=True)
    layers = tuple(_filled(change, layer, place) for layer, place in pairs)
    return replace(_filled(change, weights, places), layers=layers)


def _filled(change: Callable[[Any], Any], weights: Weights, places: Weights) -> Weights:
    kept = {}
    for name in (entry.name for entry in fields(weights) if entry.name != "layers"):
        array = getattr(weights, name)
        if array is not None and array.ndim == 2:
            getattr(places, name)[...] = change(array)
        else:
            kept[name] = array
    return replace(places, **kept)
