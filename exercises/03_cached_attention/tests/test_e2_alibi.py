"""Tests of 3.2: chunks against the definition, row by row in float64, whatever the cuts and the order of the rows."""

import numpy as np

from kvgrade import Wrong, expect, given, refuses, unchanged
from kvlab import KVCache, Segment

HALF = np.log([2.0])  # with this slope, each step of distance halves a weight


def shuffled(n):
    """Which position each row holds when n tokens are stored; -1 is an empty row."""
    return np.random.default_rng(n).permutation(np.r_[np.arange(n), -1, -1])


class Shuffled(KVCache):
    """Hands its rows out in another order, with empty ones in between, and says so."""

    def update(self, layer_idx, key, value=None):
        (segment,) = super().update(layer_idx, key, value)
        n = segment.keys.shape[1]
        order = shuffled(n)
        keys, values = (np.where((order < 0)[:, None], 3.0, rows[:, order]) for rows in segment[:2])
        return (Segment(keys.astype(self.dtype), values.astype(self.dtype), order),)


def oracle(query, key, value, slopes):
    """The definition for a whole text: a head, a query, a softmax over the keys up to it."""
    n_heads, n_tokens, dim = query.shape
    query, key, value = (array.astype(np.float64) for array in (query, key, value))
    result = np.empty_like(query)
    for head in range(n_heads):
        keys, values = key[head * len(key) // n_heads], value[head * len(key) // n_heads]
        for p in range(n_tokens):
            scores = np.array([query[head, p] @ keys[k] / dim**0.5 - slopes[head] * (p - k) for k in range(p + 1)])
            weights = np.exp(scores - scores.max())
            result[head, p] = weights @ values[: p + 1] / weights.sum()
    return result


def in_chunks(answer, cuts, query, key, value, slopes, cache):
    """The rows of all calls side by side; the cache's position is checked after each."""
    rows, start = [], 0
    for n in cuts:
        part = slice(start, start + n)
        rows.append(answer.alibi_attention(query[:, part], key[:, part], value[:, part], slopes, cache))
        start += n
        shape = (len(query), n, query.shape[2])
        assert isinstance(rows[-1], np.ndarray), f"an array must come back, but it is a {type(rows[-1]).__name__}"
        assert rows[-1].shape == shape, f"a chunk of {n} must give {list(shape)}, but it is {list(rows[-1].shape)}"
        assert cache.position == start, f"a call commits: cache.position must be {start}, but it is {cache.position}"
    return np.concatenate(rows, axis=1)


def said(cuts):
    if len(cuts) > 1:
        return "calls with " + ", ".join(map(str, cuts)) + " tokens"
    return "one token" if cuts == [1] else f"{cuts[0]} tokens in one call"


def show_weights(answer, cuts, why, kind=KVCache, slope=HALF):
    """All dot products are 0 and each value is a row of an identity matrix, so that a result shows its weights.

    The tolerance is what a message shows; random numbers are compared more closely.
    """
    n, dim = sum(cuts), 4
    zeros, values = np.zeros((1, n, dim)), np.eye(dim)[None, :n]
    rows = " then ".join(str(shuffled(end)) for end in np.cumsum(cuts)) if kind is Shuffled else ""
    where = f"; segment.positions is {rows}" if rows else ""
    with given(f"{said(cuts)}{where}; dot products 0, slope log 2; a row is the weights of positions 0, 1, 2, 3"):
        got = in_chunks(answer, cuts, zeros, zeros, values, slope, kind(n, 1, 1, dim, dtype=np.float64))
        expect(got, oracle(zeros, zeros, values, slope), "result", why=why, atol=1e-3)


def drawn(rng, n_heads, n_kv_heads, n_tokens, dim, dtype):
    query = rng.standard_normal((n_heads, n_tokens, dim)).astype(dtype)
    key, value = rng.standard_normal((2, n_kv_heads, n_tokens, dim)).astype(dtype)
    return query, key, value, rng.permutation(2.0 ** -np.arange(1, n_heads + 1)).astype(dtype)


def compare(answer, rng, heads, cuts, dim, dtype=np.float64, kind=KVCache, why=""):
    arrays = drawn(rng, *heads, sum(cuts), dim, dtype)
    cache = kind(sum(cuts), 1, heads[1], dim, dtype=dtype)
    names = dict(zip(("query", "key", "value", "slopes"), arrays, strict=True))
    # A weight is off by the rounding of a score, 6e-8 of a few units in float32: 1e-5 is ten times that.
    close = 1e-5 if dtype == np.float32 else 1e-12
    want = oracle(*arrays)
    with given(f"random numbers, H = {heads[0]}, H_kv = {heads[1]}, D = {dim}, {said(cuts)}, {np.dtype(dtype)}"):
        with unchanged(names, "alibi_attention"):
            got = in_chunks(answer, cuts, *arrays, cache)
        if got.dtype.kind == "f" and got.itemsize < arrays[0].itemsize:
            raise Wrong(f"a query of {arrays[0].dtype} gives a result of {got.dtype}: digits are lost on the way")
        expect(got, want, "result", why=why, rtol=close, atol=close)


def hidden(answer):
    """A later key that would outweigh everything."""
    query, key, value = np.array([[[1000.0], [0.0]]]), np.array([[[0.0], [1.0]]]), np.array([[[1.0], [5.0]]])
    with given("2 tokens in one call, D = 1; query 0 has the dot product 1000 with key 1; values 1 and 5, slope log 2"):
        got = in_chunks(answer, [2], query, key, value, HALF, KVCache(2, 1, 1, 1, dtype=np.float64))
        why = "a key that a query must not see gets no weight at all, however high its score"
        expect(got, oracle(query, key, value, HALF), "result", why=why, atol=1e-3)


def test_correct(answer, rng):
    show_weights(answer, [1], "the first token has nobody but itself to see")
    show_weights(answer, [2], "a step of distance halves the weight, and no query sees a later key")
    why = "a new token sees the cached one and itself, and the bias counts from its true position"
    show_weights(answer, [1, 1], why)
    why = "in a chunk after others, each query sees the cached keys, but no later key of its chunk"
    show_weights(answer, [1, 2], why)
    why = "rows come in any order: segment.positions says which position lies where, and a row with -1 is not seen"
    show_weights(answer, [2, 1], why, kind=Shuffled)
    hidden(answer)
    why = "dot products are divided by sqrt(D) before the bias comes in, and the weights mix the values"
    compare(answer, rng, (1, 1), [3], 4, why=why)
    why = "consecutive query heads share a key/value head: 0 and 1, then 2 and 3"
    compare(answer, rng, (4, 2), [1], 2, why=why)
    compare(answer, rng, (4, 2), [3], 2, why=why + "; each query head has a slope of its own")
    for cuts in ([9], [1] * 9, [4, 1, 3, 1], [2, 5, 2]):
        why = "a row must be what the definition gives, however the text is cut into chunks"
        for dtype in (np.float32, np.float64):
            compare(answer, rng, (6, 2), cuts, 4, dtype, why=why)
        compare(answer, rng, (3, 3), cuts, 2, why=why)
        why = "a row must be what the definition gives, in whatever order the cache hands its rows out"
        compare(answer, rng, (4, 1), cuts, 6, kind=Shuffled, why=why)
    refused(answer, rng)


def refused(answer, rng):
    """After a refusal the cache is as it was, and a chunk of another size may follow."""
    query, key, value, slopes = drawn(rng, 4, 2, 4, 2, np.float64)
    want = oracle(query, key, value, slopes)[:, :3]

    def call(part, cache, slopes=slopes):
        return answer.alibi_attention(query[:, part], key[:, part], value[:, part], slopes, cache)

    wrong_slopes = {n: np.resize(slopes, n) for n in (3, 1, 5, 8, 0)}
    cases = [(f"{n} slope{'s' * (n != 1)} for 4 query heads", slice(1, 4), few) for n, few in wrong_slopes.items()]
    for what, part, given_slopes in [*cases, ("a chunk of 4 where 3 fit", slice(0, 4), slopes)]:
        cache = KVCache(4, 1, 2, 2, dtype=np.float64)
        with given(f"a cache of 4 tokens; a chunk of 1; refused: {what}; then a chunk of 2"):
            first = call(slice(0, 1), cache)
            refuses(lambda p=part, c=cache, s=given_slopes: call(p, c, s), what)
            assert cache.position == 1, f"after a refused call cache.position must be 1, but it is {cache.position}"
            try:
                second = call(slice(1, 3), cache)
            except ValueError as error:
                raise Wrong(
                    "a refused call left something staged: check all that can be wrong before update",
                    f"the next call, with another number of tokens, raised: {error}",
                ) from None
            got = np.concatenate([first, second], axis=1)
            expect(got, want, "result", why="a refused call changed what follows", rtol=1e-12, atol=1e-12)


def probes(answer):
    wave = np.sin(np.arange(80) * 1.7) * 2

    def rows(cuts, n_heads, n_kv_heads, dim, kind=KVCache):
        n = sum(cuts)
        query = wave[: n_heads * n * dim].reshape(n_heads, n, dim)
        key, value = wave[-2 * n_kv_heads * n * dim :].reshape(2, n_kv_heads, n, dim)
        cache = kind(n, 1, n_kv_heads, dim, dtype=np.float64)
        slopes, start, out = 2.0 ** -np.arange(n_heads), 0, []
        for size in cuts:
            part = slice(start, start + size)
            out.append(answer.alibi_attention(query[:, part], key[:, part], value[:, part], slopes, cache))
            start += size
        return np.concatenate(out, axis=1), cache.position

    yield lambda: rows([2], 1, 1, 4)
    yield lambda: rows([1, 1], 1, 1, 4)
    yield lambda: rows([1, 2], 2, 1, 2)
    yield lambda: rows([2], 4, 2, 2)
    yield lambda: rows([1, 1], 1, 1, 1, Shuffled)
    yield lambda: rows([3], 1, 1, 2)
