"""Attention over segments: positions decide, however the tokens are stored, ordered or split."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvlab.cache.base import Segment
from kvlab.model.attention import attend, attention_weights, visible
from kvlab.model.rope import Rope, RopeConfig, rotate

H, H_KV, D, T = 6, 2, 8, 17
TOLERANCE = 2e-6  # values of order 1; some tens of float32 roundings of 6e-8


def arrays(seed: int = 0, n: int = T):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((heads, n, D)).astype(np.float32) for heads in (H, H_KV, H_KV)]


def by_definition(queries, keys, values, query_positions, key_positions, window=None):
    """Row by row in float64, with the key/value head of each query head looked up."""
    out = np.zeros(queries.shape)
    for h in range(len(queries)):
        kv = h // (len(queries) // len(keys))
        for row, at in enumerate(query_positions):
            seen = [i for i, p in enumerate(key_positions) if 0 <= p <= at and (window is None or at - p < window)]
            scores = np.array([queries[h, row].astype(float) @ keys[kv, i] for i in seen]) / np.sqrt(D)
            weights = np.exp(scores - scores.max())
            out[h, row] = (weights / weights.sum()) @ values[kv, seen]
    return out


@pytest.mark.parametrize("window", [None, 1, 4, 100])
@pytest.mark.parametrize("n_new", [1, 2, T])
def test_attend_is_the_definition(n_new, window):
    queries, keys, values = arrays()
    positions = np.arange(T - n_new, T)
    got = attend(queries[:, -n_new:], [Segment(keys, values)], positions, window=window)
    expected = by_definition(queries[:, -n_new:], keys, values, positions, np.arange(T), window)
    assert got.shape == (H, n_new, D)
    assert np.abs(got - expected).max() < TOLERANCE


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, T), max_size=4), st.sampled_from([None, 1, 5]), st.integers(0, 9), st.booleans())
def test_segments_in_any_split_and_order_merge_to_the_same(cuts, window, seed, shuffled):
    queries, keys, values = arrays(seed)
    order = np.random.default_rng(seed).permutation(T) if shuffled else np.arange(T)
    bounds = [0, *sorted(cuts), T]
    segments = [Segment(keys[:, order[a:b]], values[:, order[a:b]], order[a:b]) for a, b in pairwise(bounds) if b > a]
    positions = np.arange(T - 3, T)
    got = attend(queries[:, -3:], segments, positions, window=window)
    whole = attend(queries[:, -3:], [Segment(keys, values)], positions, window=window)
    assert np.abs(got - whole).max() < TOLERANCE


def test_empty_slots_are_never_seen():
    """A slot marked -1 may hold anything, NaN's neighbour included: here a huge key."""
    queries, keys, values = arrays()
    keys[:, [3, 9]] = 1e4
    positions = np.where(np.isin(np.arange(T), [3, 9]), -1, np.arange(T))
    got = attend(queries[:, -2:], [Segment(keys, values, positions)], np.arange(T - 2, T))
    expected = by_definition(queries[:, -2:], keys, values, np.arange(T - 2, T), positions)
    assert np.abs(got - expected).max() < TOLERANCE


def test_positions_may_differ_by_head():
    """After eviction each key/value head can hold other tokens."""
    queries, keys, values = arrays()
    positions = np.stack([np.arange(T), np.r_[-1, np.arange(1, T)]])  # the second head lost token 0
    got = attend(queries[:, -1:], [Segment(keys, values, positions)], np.array([T - 1]))
    half = H // 2
    for heads, kv in ((slice(0, half), 0), (slice(half, H), 1)):
        expected = by_definition(queries[heads, -1:], keys[kv : kv + 1], values[kv : kv + 1], [T - 1], positions[kv])
        assert np.abs(got[heads] - expected).max() < TOLERANCE


def test_keys_rotated_on_read_equal_keys_rotated_on_write():
    queries, keys, values = arrays()
    rope = Rope(RopeConfig(), D)
    at = np.arange(T)
    turned = rotate(keys, rope.angles(at))
    written = attend(queries[:, -2:], [Segment(turned, values)], at[-2:])
    read = attend(queries[:, -2:], [Segment(keys, values, None, at)], at[-2:], rope=rope)
    assert np.abs(written - read).max() < TOLERANCE
    with pytest.raises(ValueError, match="given no rope"):
        attend(queries[:, -2:], [Segment(keys, values, None, at)], at[-2:])


def test_only_the_distance_counts():
    """Shifting query and keys together changes nothing; shifting one changes much."""
    queries, keys, values = arrays()
    rope = Rope(RopeConfig(), D)

    def attended(query_shift, key_shift):
        query = rotate(queries[:, -1:], rope.angles(np.array([T - 1 + query_shift])))
        turned = rotate(keys, rope.angles(np.arange(T) + key_shift))
        return attend(query, [Segment(turned, values)], np.array([T - 1]))

    assert np.abs(attended(0, 0) - attended(1000, 1000)).max() < 2e-5  # the angles are larger, so is their rounding
    assert np.abs(attended(0, 0) - attended(0, 5)).max() > 0.05


def test_weights_are_those_that_attend_uses():
    queries, keys, values = arrays()
    segments = [Segment(keys[:, :9], values[:, :9]), Segment(keys[:, 9:], values[:, 9:], np.arange(9, T))]
    positions = np.arange(T - 4, T)
    weights = attention_weights(queries[:, -4:], segments, positions, window=6)
    assert weights.shape == (H, 4, T)
    assert np.abs(weights.sum(axis=-1) - 1).max() < TOLERANCE
    assert (weights[:, 0, T - 3 :] == 0).all() and (
        weights[:, 0, : T - 9] == 0
    ).all()  # the future, and past the window
    gathered = weights @ np.repeat(values, H // H_KV, axis=0)
    assert np.abs(gathered - attend(queries[:, -4:], segments, positions, window=6)).max() < TOLERANCE


def test_who_sees_whom():
    """Rows are queries, columns keys. A window of 2 is the token itself and one before."""
    seen = visible(np.array([2, 3]), np.array([0, 1, 2, 3, -1]), window=2)
    assert seen.tolist() == [[False, True, True, False, False], [False, False, True, True, False]]
    assert visible(np.array([0]), np.array([0])).all(), "a token sees itself"


def test_large_scores_do_not_overflow():
    queries, keys, values = arrays()
    got = attend(queries[:, -1:] * 1e4, [Segment(keys * 1e3, values)], np.array([T - 1]))
    assert np.isfinite(got).all()
