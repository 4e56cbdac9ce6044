"""Tests of 2.1: the prediction, against caches that are really made."""

from numbers import Integral

import numpy as np

from kvgrade import expect, given
from kvlab import KVCache, ModelConfig


def config(n_layers=1, n_heads=1, n_kv_heads=1, head_dim=4, embed_dim=4):
    return ModelConfig(
        n_layers=n_layers, embed_dim=embed_dim, n_heads=n_heads, n_kv_heads=n_kv_heads, head_dim=head_dim,
        mlp_dim=20, vocab_size=50,
    )  # fmt: skip


def really(model, n_tokens, n_sequences, dtype):
    """Bytes of as many caches, made."""
    return sum(KVCache.for_model(model, n_tokens, dtype=dtype).nbytes() for _ in range(n_sequences))


def oracle(model, n_bytes, n_sequences, dtype):
    """Make longer caches until they are too large."""
    n_tokens = 0
    while really(model, n_tokens + 1, n_sequences, dtype) <= n_bytes:
        n_tokens += 1
    return n_tokens


def compare(answer, model, n_bytes, n_sequences=1, dtype=np.float32, why=""):
    shown = f"n_layers={model.n_layers}, n_heads={model.n_heads}, n_kv_heads={model.n_kv_heads}"
    with given(
        f"{shown}, head_dim={model.head_dim}, embed_dim={model.embed_dim}; "
        f"n_bytes={n_bytes}, n_sequences={n_sequences}, {np.dtype(dtype)}"
    ):
        want = oracle(model, n_bytes, n_sequences, dtype)
        got = answer.tokens_that_fit(model, n_bytes, n_sequences, dtype)
        kind = type(got).__name__
        assert got is None or isinstance(got, Integral), f"tokens are whole: an int, and yours is a {kind}: {got!r}"
        expect(got, want, "tokens that fit", why=why)


def test_correct(answer, rng):
    compare(answer, config(), 64, why="a token leaves a key and a value of head_dim numbers each")
    compare(answer, config(), 95, why="part of a token is of no use: round down")
    compare(answer, config(), 31, why="if not even one token fits, the answer is 0")
    compare(answer, config(n_layers=2), 256, why="every layer keeps rows of its own")
    compare(
        answer,
        config(n_heads=4, n_kv_heads=2, embed_dim=16),
        640,
        why="nothing of a query is kept: count key/value heads",
    )
    compare(
        answer, config(n_heads=4, n_kv_heads=2, head_dim=6), 960,
        why="head_dim is a number of its own, and embed_dim has no place in the formula",
    )  # fmt: skip
    compare(answer, config(), 320, n_sequences=3, why="each sequence has a cache of its own")
    compare(answer, config(), 320, dtype=np.float16, why="a float16 number takes 2 bytes")
    compare(answer, config(), 320, dtype="float64", why="a float64 number takes 8 bytes")
    for _ in range(25):
        n_layers, n_kv_heads, group, half = (int(n) for n in rng.integers(1, 5, 4))
        embed_dim, n_sequences = int(rng.integers(1, 65)), int(rng.integers(1, 4))
        model = config(n_layers, group * n_kv_heads, n_kv_heads, 2 * half, embed_dim)
        dtype = (np.float16, np.float32, np.float64)[rng.integers(3)]
        whole = int(rng.integers(0, 9)) * really(model, 1, n_sequences, dtype)
        for n_bytes in (whole, whole + 1, whole + really(model, 1, 1, dtype) - 1):
            compare(answer, model, n_bytes, n_sequences, dtype)
    with given("the defaults: one sequence, float32"):
        why = "n_sequences is 1 and dtype float32 where they are left out"
        expect(answer.tokens_that_fit(config(), 100), 3, "tokens that fit", why=why)


def probes(answer):
    fixed = config(n_layers=3, n_heads=4, n_kv_heads=2, head_dim=6, embed_dim=16)
    for n_bytes in (0, 287, 288, 10_000, 100_000):
        for n_sequences in (1, 3):
            for dtype in (np.float32, np.float16):
                yield lambda a=(n_bytes, n_sequences, dtype): answer.tokens_that_fit(fixed, *a)
