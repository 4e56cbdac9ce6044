"""Tests of 3.5: parts of an attention, merged, against one softmax over all keys in float64."""

import numpy as np

from kvgrade import Wrong, expect, given, unchanged

NONE = -np.inf


def oracle(outputs, lses):
    """The definition for one head and one query at a time, with the largest lse taken off."""
    _, n_heads, n_queries, dim = outputs.shape
    merged, lse = np.zeros((n_heads, n_queries, dim)), np.full((n_heads, n_queries), NONE)
    for head, query in np.ndindex(n_heads, n_queries):
        seen = [i for i, value in enumerate(lses[:, head, query].astype(np.float64)) if value > NONE]
        if seen:
            logs = lses[seen, head, query].astype(np.float64)
            shares = np.exp(logs - logs.max())
            merged[head, query] = shares @ outputs[seen, head, query].astype(np.float64) / shares.sum()
            lse[head, query] = logs.max() + np.log(shares.sum())
    return merged.astype(outputs.dtype), lse.astype(lses.dtype)


def compare(answer, outputs, lses, case, why, close=1e-12):
    want = oracle(outputs, lses)
    with given(case):
        with unchanged({"outputs": outputs, "lses": lses}, "merge_parts"):
            got = answer.merge_parts(outputs, lses)
        if not isinstance(got, tuple) or len(got) != 2:
            raise Wrong("return two arrays, the merged output and the merged lse", f"yours is a {type(got).__name__}")
        expect(got[0], want[0], "output", why=why, rtol=close, atol=close, dtype=outputs.dtype)
        why = f"the merged lse is wrong: {why}"
        expect(got[1], want[1], "lse", why=why, rtol=close, atol=close, dtype=lses.dtype)


def one_query(answer, outputs, lses, why, extra=""):
    """One head, one query, D = 1: a number for each part."""
    case = f"one head, one query, D = 1; outputs {outputs}, lse {extra or [round(float(x), 4) for x in lses]}"
    compare(answer, np.array(outputs)[:, None, None, None], np.array(lses)[:, None, None], case, why)


def attended(rng, n_parts, n_heads, n_queries, dim, dtype, scale):
    """Random scores and values in parts of unequal length; some parts are not seen by some queries."""
    outputs, lses, every_score, every_value = [], [], [], []
    for part in range(n_parts):
        n_keys = part + 1
        scores = scale * rng.standard_normal((n_heads, n_queries, n_keys))
        values = rng.standard_normal((n_heads, n_keys, dim))
        scores[rng.random((n_heads, n_queries)) < 0.3] = NONE
        sums = np.exp(scores).sum(axis=-1)
        with np.errstate(divide="ignore", invalid="ignore"):
            outputs.append(np.exp(scores) @ values / sums[..., None])  # NaN where nothing is seen
            lses.append(np.log(sums))
        every_score.append(scores)
        every_value.append(values)
    weights, values = np.exp(np.concatenate(every_score, axis=-1)), np.concatenate(every_value, axis=1)
    sums = weights.sum(axis=-1, keepdims=True)
    whole = np.where(sums > 0, weights @ values, 0) / np.where(sums > 0, sums, 1)
    return np.array(outputs).astype(dtype), np.array(lses).astype(dtype), whole


def test_correct(answer, rng):
    one_query(answer, [5.0], [0.0], "a single part stays as it is")
    why = "a part weighs as much as its share of the whole sum"
    one_query(answer, [8.0, 4.0], np.log([2, 6]), why, "[log 2, log 6]")
    one_query(answer, [8.0, 4.0, 0.0], np.log([1, 2, 5]), why, "[log 1, log 2, log 5]")
    one_query(answer, [8.0, 4.0], [1000.0, 1000.0], "exp(1000) overflows: only differences of lses may go into exp")
    one_query(answer, [8.0, 4.0], [-1000.0, -1000.0], "exp(-1000) is 0: only differences of lses may go into exp")
    one_query(answer, [8.0, 4.0], [-1000.0, 1000.0], "where one part outweighs all others, the result is its output")
    one_query(answer, [8.0, 4.0], [2.0, NONE], "a part with lse -inf has no share")
    one_query(answer, [np.nan, 4.0], [NONE, 2.0], "a part with lse -inf does not count, even if its output is NaN")
    one_query(answer, [np.inf, 4.0], [NONE, 2.0], "a part with lse -inf does not count, even if its output is infinite")
    one_query(answer, [8.0, 4.0], [NONE, NONE], "where no part saw anything, the output is 0 and the lse -inf")
    one_query(answer, [7.0], [NONE], "a single part that saw nothing does not count either: the output is 0")
    one_query(answer, [np.nan], [NONE], "where the only part saw nothing, the output is 0 and the lse -inf")
    heads = np.array([0.0, 1000.0, NONE])[:, None] + np.log([[1, 3], [3, 1], [1, 1]])  # [H, S]
    compare(
        answer, np.ones((2, 3, 1, 2)) * np.array([8.0, 4.0])[:, None, None, None], heads.T[..., None].copy(),
        "three heads, one with small lses, one with lses near 1000, one that saw nothing; outputs 8 and 4",
        "each head and each query has shares of its own",
    )  # fmt: skip
    for shape in ((2, 3, 4, 5), (5, 2, 1, 3), (4, 1, 6, 2)):
        for dtype in (np.float32, np.float64):
            random_parts(answer, rng, shape, dtype)


def random_parts(answer, rng, shape, dtype):
    outputs, lses, whole = attended(rng, *shape, dtype, scale=3.0)
    # Outputs are a few units in size, and an lse below 20 is rounded by 1e-6 in float32, which a share passes on.
    close = 1e-5 if dtype == np.float32 else 1e-12
    case = "random parts, S = {}, H = {}, N = {}, D = {}, {}".format(*shape, np.dtype(dtype))
    compare(answer, outputs, lses, case, "some query differs from one softmax over all keys", close)
    with given(case):
        merged, lse = answer.merge_parts(outputs, lses)
        expect(merged, whole, "output", why="some query differs from attention over all keys", rtol=close, atol=close)
        first = answer.merge_parts(outputs[:1], lses[:1])
        both = [np.concatenate([one[None], rest]) for one, rest in zip(first, (outputs[1:], lses[1:]), strict=True)]
        again, same = answer.merge_parts(*both)
        expect(
            again, merged, "output", why="a merged part, merged with the rest, gives the same", rtol=close, atol=close
        )
        expect(same, lse, "lse", why="a merged part, merged with the rest, gives the same", rtol=close, atol=close)
        for n_parts, results in ((len(lses), (merged, lse)), (1, first)):
            shared = any(map(np.shares_memory, results, (outputs, lses)))
            assert not shared, (
                f"S = {n_parts}: the result is a view of the input: who writes into one changes the other"
            )


def probes(answer):
    def merged(outputs, lses):
        return answer.merge_parts(np.array(outputs)[:, None, None, None], np.array(lses)[:, None, None])

    yield lambda: merged([8.0, 4.0, 0.5], [0.0, 1.5, 1.0])
    yield lambda: merged([8.0, 4.0], [1000.0, 1001.0])
    yield lambda: merged([8.0, 4.0], [1.0, NONE])
    yield lambda: merged([np.nan, 4.0], [NONE, 2.0])
    yield lambda: merged([8.0, 4.0], [NONE, NONE])
    heads = np.sin(np.arange(8.0)).reshape(2, 2, 2) + np.array([[0.0], [1000.0]])  # [S, H, N]
    yield lambda: answer.merge_parts(np.arange(8.0).reshape(2, 2, 2, 1), heads)
