"""Tests of 3.3: the mask, against the definition written out pair by pair."""

import numpy as np

from kvgrade import expect, given, refuses, unchanged


def seen(query, key, window, n_sinks):
    """The definition, for one pair."""
    return 0 <= key <= query and (query - window < key or key < n_sinks)


def oracle(queries, keys, *sizes):
    pairs = [[seen(q, k, *sizes) for k in keys] for q in queries]
    return np.array(pairs, dtype=bool).reshape(len(queries), len(keys))


def compare(answer, queries, keys, window, n_sinks=0, why="some pair of a query and a key is decided wrongly"):
    queries, keys = np.asarray(queries), np.asarray(keys, dtype=np.int64)
    with (
        given(f"window {window}, n_sinks {n_sinks}, query positions {queries}, keys at {keys}"),
        unchanged({"query_positions": queries, "key_positions": keys}, "window_mask"),
    ):
        got = answer.window_mask(queries, keys, window, n_sinks)
        expect(got, oracle(queries, keys, window, n_sinks), "the mask", why=why)


def test_correct(answer, rng):
    windows(answer)
    sinks(answer)
    for _ in range(40):
        first, n, window, n_sinks = (int(x) for x in rng.integers((0, 1, 1, 0), (20, 6, 12, 5)))
        kept = rng.random(first + n) < rng.choice([0.7, 1.0])
        keys = rng.permutation(np.r_[np.flatnonzero(kept), [-1] * int(rng.integers(0, 4))])
        compare(answer, np.arange(first, first + n), keys, window, n_sinks)
    for window, n_sinks in ((0, 0), (-1, 0), (0, 2), (2, -1)):
        what = f"a window of {window}" if window < 1 else f"n_sinks = {n_sinks}"
        refuses(lambda sizes=(window, n_sinks): answer.window_mask(np.array([0]), np.array([0]), *sizes), what)


def windows(answer):
    """Without sinks."""
    compare(answer, [3], [0, 1, 2, 3], 1, why="without sinks, a window of 1 shows a token itself, and only itself")
    compare(answer, [3], [0, 1, 2, 3], 2, why="without sinks, a window of 2 shows a token itself and the one before it")
    compare(answer, [0], [0], 1, why="position 0 is a position like any other: only -1 is empty")
    future = "a query sees every key of its window up to its own position, and none of the future"
    compare(answer, [2], [0, 1, 2, 3, 4], 9, why=future)
    slots = "the mask must come from positions, not from the order of the slots"
    compare(answer, [5], [4, 5, 2, 3], 3, why=slots)
    compare(answer, [9], [2, 7, 9], 3, why="a window measures positions: a dropped token leaves a gap that counts")
    compare(answer, [0], [0, -1, -1], 4, why="an empty slot must not be seen")
    compare(answer, [2, 3], [0, 1, 2, 3], 2, why="each query has a window of its own")
    compare(answer, [0, 1], [], 2, why="where there are no keys, the mask has no columns")
    with given("n_sinks left out, window 1, query position 1, keys at [0 1]"):
        got = answer.window_mask(np.array([1]), np.array([0, 1]), 1)
        expect(got, np.array([[False, True]]), "the mask", why="n_sinks is 0 if it is left out")


def sinks(answer):
    """Far away, in the future, dropped, beside empty slots."""
    beside = "a query sees the sinks beside its whole window, however far away they are"
    compare(answer, [7], [0, 1, 5, 6, 7], 2, 1, why=beside)
    compare(answer, [7], [0, 1, 2, 3, 7], 1, 3, why="n_sinks counts the sinks: they are positions 0 to n_sinks - 1")
    compare(answer, [1], [0, 1, 2, 3], 1, 4, why="a sink that comes later is in the future, like any other key")
    compare(answer, [7], [5, 6, 7, 0], 1, 1, why="a sink is known by its position, not by its slot")
    compare(answer, [7], [-1, 0, 7], 2, 1, why="an empty slot is no sink: it holds no key")
    gone = "a sink that was dropped is gone: no other key becomes a sink in its place"
    compare(answer, [7], [1, 4, 6, 7], 2, 1, why=gone)
    compare(answer, [1, 2, 5], [0, 1, 2, 3, 4, 5], 2, 1, why="sinks are seen by every query that comes after them")


def probes(answer):
    for window in (1, 3):
        yield lambda window=window: answer.window_mask(np.array([2, 4]), np.arange(6), window)
    yield lambda: answer.window_mask(np.array([5]), np.array([4, 5, 2, 3]), 3)
    yield lambda: answer.window_mask(np.array([9]), np.array([2, 7, 9]), 3)
    yield lambda: answer.window_mask(np.array([1]), np.array([0, 1, -1]), 3)
    yield lambda: answer.window_mask(np.array([1, 8]), np.array([8, 7, 0, 6, 2, -1]), 3, 3)
