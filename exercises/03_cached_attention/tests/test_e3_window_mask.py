"""Tests of 3.3: the mask, against the definition written out pair by pair."""

import numpy as np

from kvgrade import expect, given, refuses, unchanged


def seen(query, key, window):
    """The definition, for one pair."""
    return key >= 0 and query - window < key <= query


def oracle(queries, keys, window):
    return np.array([[seen(q, k, window) for k in keys] for q in queries], dtype=bool).reshape(len(queries), len(keys))


def compare(answer, queries, keys, window, why="some pair of a query and a key is decided wrongly"):
    queries, keys = np.asarray(queries), np.asarray(keys, dtype=np.int64)
    with (
        given(f"window {window}, query positions {queries}, keys at {keys}"),
        unchanged({"query_positions": queries, "key_positions": keys}, "window_mask"),
    ):
        expect(answer.window_mask(queries, keys, window), oracle(queries, keys, window), "the mask", why=why)


def test_correct(answer, rng):
    compare(answer, [3], [0, 1, 2, 3], 1, "a window of 1 shows a token itself, and only itself")
    compare(answer, [3], [0, 1, 2, 3], 2, "the window is off by one: a token itself is one of the tokens that it sees")
    compare(answer, [0], [0], 1, "position 0 is a position like any other: only -1 is empty")
    compare(
        answer,
        [2],
        [0, 1, 2, 3, 4],
        9,
        "a query sees every key of its window up to its own position, and none of the future",
    )
    compare(answer, [5], [4, 5, 2, 3], 3, "the mask must come from positions, not from the order of the slots")
    compare(answer, [9], [2, 7, 9], 3, "a window measures positions: a dropped token leaves a gap that counts")
    compare(answer, [0], [0, -1, -1], 4, "an empty slot must not be seen")
    compare(answer, [2, 3], [0, 1, 2, 3], 2, "each query has a window of its own")
    compare(answer, [0, 1], [], 2, "where there are no keys, the mask has no columns")
    for _ in range(30):
        first, n, window = (int(x) for x in rng.integers((0, 1, 1), (20, 6, 12)))
        kept = rng.random(first + n) < rng.choice([0.7, 1.0])
        keys = rng.permutation(np.r_[np.flatnonzero(kept), [-1] * int(rng.integers(0, 4))])
        compare(answer, np.arange(first, first + n), keys, window)
    for window in (0, -1):
        refuses(lambda window=window: answer.window_mask(np.array([0]), np.array([0]), window), f"a window of {window}")


def probes(answer):
    for window in (1, 3):
        yield lambda window=window: answer.window_mask(np.array([2, 4]), np.arange(6), window)
    yield lambda: answer.window_mask(np.array([5]), np.array([4, 5, 2, 3]), 3)
    yield lambda: answer.window_mask(np.array([9]), np.array([2, 7, 9]), 3)
    yield lambda: answer.window_mask(np.array([1]), np.array([0, 1, -1]), 3)
