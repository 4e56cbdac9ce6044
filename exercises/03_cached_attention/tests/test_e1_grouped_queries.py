"""Tests of 3.1: each head by itself, as the definition has it, in float64; then bytes at the peak."""

import math

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes, refuses, unchanged


def oracle(query, keys, values):
    """One head after the other, one token after the other."""
    group = len(query) // len(keys)
    rows = []
    for head, q in enumerate(query.astype(np.float64)):
        key_head = head // group
        scores = [math.fsum(q * k) / math.sqrt(len(q)) for k in keys[key_head].astype(np.float64)]
        weights = [math.exp(score - max(scores)) for score in scores]
        rows.append(
            sum(w * v for w, v in zip(weights, values[key_head].astype(np.float64), strict=True)) / sum(weights)
        )
    return np.array(rows).astype(query.dtype)


# A weight is off by the rounding of a score: 6e-8 of its size in float32, and scores here are below 100. Scores that
# are larger belong to rows where one key takes all.
CLOSE = {"float32": {"rtol": 1e-5, "atol": 1e-5}, "float64": {"rtol": 1e-12, "atol": 1e-12}}


def compare(answer, query, keys, values, case, why):
    query, keys, values = np.asarray(query), np.asarray(keys), np.asarray(values)
    want = oracle(query, keys, values)
    with given(case):
        with unchanged({"query": query, "keys": keys, "values": values}, "attend_one"):
            got = answer.attend_one(query, keys, values)
        # For float32, test_efficient asks for the dtype.
        dtype = np.float64 if query.dtype == np.float64 else None
        expect(got, want, "result", why=why, dtype=dtype, **CLOSE[str(query.dtype)])


def drawn(rng, n_heads, n_kv_heads, n_tokens, dim, dtype=np.float32):
    query = rng.standard_normal((n_heads, dim)).astype(dtype)
    keys, values = rng.standard_normal((2, n_kv_heads, n_tokens, dim)).astype(dtype)
    return query, keys, values


def test_correct(answer, rng):
    compare(
        answer, np.zeros((2, 1)), np.ones((1, 3, 1)), [[[10.0], [20.0], [30.0]]],
        "2 query heads share one key head; all scores are 0; values 10, 20 and 30",
        "weights add up to one over the tokens: equal scores give the mean of the values",
    )  # fmt: skip
    compare(
        answer, np.ones((4, 1)), np.ones((2, 1, 1)), [[[10.0]], [[20.0]]],
        "4 query heads, 2 key/value heads, one token with value 10 for head 0 and 20 for head 1",
        "consecutive query heads share a key/value head: 0 and 1 ask head 0, and 2 and 3 ask head 1",
    )  # fmt: skip
    compare(
        answer, [[100.0], [-100.0], [100.0], [100.0]], np.tile([[1.0], [-1.0]], (2, 1, 1)),
        [[[10.0], [11.0]], [[20.0], [21.0]]],
        "4 query heads, 2 key/value heads; query heads 0, 2 and 3 look at the first token, query head 1 at the second",
        "row h of the result belongs to row h of the query",
    )  # fmt: skip
    compare(
        answer, [[0.0, 2.0, 0.0, 0.0]], [[[0.0, 1, 0, 0], [0.0, 0, 0, 0]]], [[[1.0, 0, 0, 0], [0.0, 1, 0, 0]]],
        "one head with D = 4, dot products 2 and 0, values that show the weights",
        "a score is the dot product divided by the root of D, the length of one head's query",
    )  # fmt: skip
    compare(
        answer, [[2.0], [2.0]], [[[1.0], [0.0]]], [[[1.0], [0.0]]],
        "2 query heads share one key head; D = 1, dot products 2 and 0, values 1 and 0",
        "a score is divided by the root of D alone, however many heads there are",
    )  # fmt: skip
    compare(
        answer, [[1000.0]], [[[1.0], [0.0]]], [[[1.0], [2.0]]],
        "one head, scores 1000 and 0, values 1 and 2", "large scores must not overflow in the exponential",
    )  # fmt: skip
    compare(
        answer, [[1000.0], [1.0]], [[[-1.0], [-2.0]]], [[[1.0], [2.0]]],
        "two heads that share a key head, scores -1000 and -2000 for one, -1 and -2 for the other",
        "take the largest score off each row by itself: in a row far below the others, all exponentials are 0",
    )  # fmt: skip
    for n_heads, n_kv_heads, n_tokens, dim in ((6, 2, 5, 4), (6, 6, 3, 8), (6, 1, 7, 2), (4, 2, 1, 4), (9, 3, 2, 5)):
        for dtype in (np.float32, np.float64):
            case = f"random numbers, H = {n_heads}, H_kv = {n_kv_heads}, T = {n_tokens}, D = {dim}, {dtype.__name__}"
            query, keys, values = drawn(rng, n_heads, n_kv_heads, n_tokens, dim, dtype)
            compare(answer, query, keys, values, case, "a head's result is not what its own keys and values give")
            room = drawn(rng, n_heads, n_kv_heads, n_tokens + 3, dim, dtype)
            part = (array[:, :n_tokens] for array in room[1:])
            compare(answer, query, *part, case + ", views into a larger cache", "views must do as well as whole arrays")
    refuses(lambda: answer.attend_one(*drawn(rng, 5, 2, 3, 4)), "5 query heads over 2 key/value heads")


T, D = 512, 128
KEYS = 2 * T * D  # numbers of two key heads


def peak(answer, dtype=np.float32):
    """Numbers held at the peak of a call with 8 query heads, in units of all keys; its scores are a 32nd of them.

    Keys and values are views into a cache with more room, as they are in use.
    """
    query, keys, values = drawn(np.random.default_rng(5), 8, 2, T + 88, D, dtype)
    call = lambda: answer.attend_one(query, keys[:, :T], values[:, :T])  # noqa: E731
    call()
    return peak_bytes(call) / (KEYS * query.itemsize)


def test_efficient(answer, rng):
    del rng
    result = answer.attend_one(*drawn(np.random.default_rng(5), 4, 2, 3, 8))
    with given("a query, keys and values in float32"):
        if result.dtype != np.float32:
            what = "np.zeros, np.sqrt of an int and the like give float64 unless they are told otherwise"
            raise Wrong(f"float32 went in and {result.dtype} came out", what)
    bytes_at_peak = int(peak(answer) * KEYS * 4)
    allowed = KEYS  # bytes, a quarter of the keys: eight arrays as large as the scores, and a softmax needs four
    if bytes_at_peak > allowed:
        raise Wrong(
            "it takes memory as for copies of keys or values",
            f"H = 8, H_kv = 2, T = {T} in a cache with more room, D = {D}, float32",
            f"the keys are {KEYS * 4:,} B, the scores {8 * T * 4:,} B",
            f"peak: allowed {allowed:,} B, yours {bytes_at_peak:,} B",
            "repeat, tile, ascontiguousarray of a view, a product number by number and one with float64 make copies",
        )


def probes(answer):
    def steps(n_heads, n_kv_heads, n_tokens, dim, scale=1.0):
        wave = np.sin(np.arange(1, 1 + dim * (n_heads + 2 * n_kv_heads * n_tokens)) * 1.7)
        query, rest = wave[: n_heads * dim].reshape(n_heads, dim), wave[n_heads * dim :]
        keys, values = rest.reshape(2, n_kv_heads, n_tokens, dim)
        return scale * query, keys, values

    yield lambda: answer.attend_one(*steps(4, 2, 1, 1))
    yield lambda: answer.attend_one(*steps(6, 2, 3, 2))
    yield lambda: answer.attend_one(*steps(2, 1, 2, 1, scale=2000.0))

    def costs():
        """What only a right answer is asked: whether it widens, and how much it copies, in float32 and in float64."""
        arrays = drawn(np.random.default_rng(1), 4, 2, 3, 8)
        got = answer.attend_one(*arrays)
        if not np.allclose(got, oracle(*arrays), atol=1e-5):
            return None
        levels = [[peak(answer, dtype) > share for share in (0.25, 1.5, 3, 6)] for dtype in (np.float32, np.float64)]
        return levels, got.dtype == np.float32

    yield costs
