"""Where weights lie in memory: in one block, each matrix with its longer axis in a row."""

import itertools

import numpy as np
import pytest

from kvlab.model.weights import empty_weights, model_shapes, random_weights
from registry import GEOMETRIES

LINE = 64  # bytes


def block(array: np.ndarray) -> np.ndarray:
    """The array whose memory this one is a part of."""
    return array if array.base is None else block(array.base)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16])
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_all_arrays_are_pieces_of_one_block(geometry, dtype):
    weights = empty_weights(GEOMETRIES[geometry], dtype)
    arrays = [array for _, array in weights.named()]
    assert {name: array.shape for name, array in weights.named()} == model_shapes(GEOMETRIES[geometry])
    assert len({id(block(array)) for array in arrays}) == 1
    starts = sorted((array.ctypes.data, array.nbytes) for array in arrays)
    assert all(start % LINE == 0 for start, _ in starts)
    ends = itertools.pairwise(starts)
    assert all(start + size <= following < start + size + LINE for (start, size), (following, _) in ends)


@pytest.mark.parametrize("tied", [True, False])
def test_a_matrix_s_longer_axis_lies_in_a_row(tied):
    config = GEOMETRIES["gqa"].with_(tied_head=tied)
    weights = empty_weights(config)
    layer = weights.layers[0]
    assert layer.down.shape == (28, 24) and layer.down.T.flags.c_contiguous
    assert layer.gate_up.flags.c_contiguous and layer.qkv.flags.c_contiguous
    assert layer.output.shape == (60, 24) and layer.output.T.flags.c_contiguous
    as_head = weights.embedding.T  # [E, V]: more outputs than inputs
    assert as_head.flags.c_contiguous if tied else weights.embedding.flags.c_contiguous


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    config = GEOMETRIES["biases"]
    first, again, other = (dict(random_weights(config, seed).named()) for seed in (3, 3, 4))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)
