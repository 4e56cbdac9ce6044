"""Rounding to bfloat16: every bfloat16 there is, neighbours and ties, NaN, and a model's weights."""

import numpy as np
import pytest
from test_weights import block

from kvlab import Transformer
from kvlab.model.bfloat16 import bfloat16_weights, from_bfloat16, to_bfloat16
from kvlab.model.weights import model_shapes
from registry import GEOMETRIES, GROUPED, tokens

ALL = np.arange(2**16, dtype=np.uint16)


def test_every_bfloat16_stays_what_it_is():
    wide = from_bfloat16(ALL)
    number = ~np.isnan(wide)
    np.testing.assert_array_equal(to_bfloat16(wide)[number], ALL[number])
    assert np.isnan(from_bfloat16(to_bfloat16(wide[~number]))).all()


@pytest.mark.parametrize("low", [0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
def test_what_lies_between_two_goes_to_the_nearer_and_a_tie_to_the_even_one(low):
    upper = np.arange(0x7F7F, dtype=np.uint32)  # all positive finite ones but the largest
    given = (upper << 16 | low).astype(np.uint32).view(np.float32)
    up = (low > 0x8000) | ((low == 0x8000) & (upper % 2 == 1))
    np.testing.assert_array_equal(to_bfloat16(given), upper + up)
    np.testing.assert_array_equal(to_bfloat16(-given), (upper + up) | 0x8000)


def test_beyond_the_largest_lies_infinity_and_nan_stays_nan():
    largest = np.array([0x7F7F_7FFF, 0x7F7F_8000], np.uint32).view(np.float32)
    assert np.isinf(from_bfloat16(to_bfloat16(largest))).tolist() == [False, True]
    hidden_below = np.array([0x7F80_0001, 0xFF80_0001], np.uint32).view(np.float32)  # NaN by its lowest bit alone
    assert np.isnan(from_bfloat16(to_bfloat16(hidden_below))).all()


@pytest.mark.parametrize("name", GEOMETRIES)
def test_matrices_are_rounded_and_nothing_else(name):
    config = GEOMETRIES[name]
    weights = Transformer.random(config, seed=1).weights
    narrow, rounded = (dict(each.named()) for each in bfloat16_weights(config, weights))
    for arrays in (narrow, rounded):  # a step reads them as fast as those of empty_weights
        assert len({id(block(array)) for array in arrays.values() if array.ndim == 2}) == 1
    assert {array: given.shape for array, given in narrow.items()} == model_shapes(config)
    for array, given in weights.named():
        assert narrow[array].dtype == (np.uint16 if given.ndim == 2 else np.float32)
        np.testing.assert_array_equal(rounded[array], from_bfloat16(to_bfloat16(given)) if given.ndim == 2 else given)
        assert narrow[array].flags.c_contiguous == given.flags.c_contiguous
        assert not np.shares_memory(rounded[array], given) or given.ndim == 1


def test_the_rounded_model_is_near_the_given_one():
    weights = Transformer.random(GROUPED, seed=2).weights
    text = tokens(GROUPED, 12)
    exact = Transformer(GROUPED, weights).forward(text)
    rounded = Transformer(GROUPED, bfloat16_weights(GROUPED, weights)[1]).forward(text)
    error = np.abs(rounded - exact).max() / np.abs(exact).max()
    assert 1e-4 < error < 3e-2  # a number is off by up to 1/256 of itself, and many are
