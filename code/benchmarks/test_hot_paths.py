"""The hot paths, timed by pytest-benchmark: ``python tasks.py bench --micro``.

No time is asserted, since machines differ and have moods. What is asserted is counted, and the same everywhere: bytes
written, products made, operations, and that what was timed did its work.
"""

from __future__ import annotations

import numpy as np
import pytest

from kvlab import KVCache, ModelConfig, Transformer
from kvlab.cache.base import Segment
from kvlab.cache.concat import ConcatCache
from kvlab.measure.counters import forward_operations
from kvlab.measure.steps import fill_synthetically
from kvlab.model import attention, ops, transformer
from kvlab.model.rope import Rope, RopeConfig, rotate

CONFIG = ModelConfig(n_layers=4, embed_dim=192, n_heads=6, n_kv_heads=2, head_dim=32, mlp_dim=512, vocab_size=1000)
MODEL = Transformer.random(CONFIG)
CONTEXT = 256
RNG = np.random.default_rng(0)


def noise(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape, dtype=np.float32)


@pytest.fixture
def cache():
    """Holds CONTEXT tokens, with room for one more."""
    made = KVCache.for_model(CONFIG, CONTEXT + 64)
    fill_synthetically(made, CONTEXT)
    return made


@pytest.fixture
def products(monkeypatch):
    """Every product with weights that a pass makes: rows, inputs, outputs."""
    made = []

    def counting(x, weight, bias=None):
        made.append((len(x), *weight.shape))
        return ops.linear(x, weight, bias)

    monkeypatch.setattr(transformer, "linear", counting)
    return made


def forget(cache, written=0):
    """What comes before a run: the cache as it was, its count of bytes at zero."""
    cache.truncate(CONTEXT)
    cache.bytes_written = written


def test_decode_step(benchmark, cache, products):
    def step():
        products.clear()
        return MODEL.forward([1], cache, last_only=True)

    benchmark.pedantic(step, setup=lambda: forget(cache), rounds=200, warmup_rounds=5)
    assert cache.bytes_written == cache.bytes_per_token == 2 * 4 * 2 * 32 * 4
    assert len(products) == 4 * CONFIG.n_layers + 1  # qkv, output, gate_up, down, and the head
    assert sum(2 * rows * n_in * n_out for rows, n_in, n_out in products) == counted(1, CONTEXT)


def counted(n_new: int, n_cached: int) -> int:
    """Operations of the products with weights, by the formula."""
    operations = forward_operations(CONFIG, n_new, n_cached)
    return operations.total - operations.scores


def test_compiled_decode_step(benchmark, cache):
    pytest.importorskip("numba", reason="needs the extra `compiled`")
    from kvlab.model.compiled import CompiledTransformer

    model = CompiledTransformer(CONFIG, MODEL.weights)
    logits = benchmark.pedantic(
        lambda: model.forward([1], cache, last_only=True), setup=lambda: forget(cache), rounds=200, warmup_rounds=5
    )
    assert cache.bytes_written == cache.bytes_per_token
    forget(cache)
    np.testing.assert_allclose(logits, MODEL.forward([1], cache, last_only=True), atol=1e-3)


def test_prefill(benchmark, cache, products):
    def prefill():
        products.clear()
        return MODEL.forward(range(64), cache, last_only=True)

    benchmark.pedantic(prefill, setup=lambda: forget(cache), rounds=50, warmup_rounds=2)
    assert cache.bytes_written == 64 * cache.bytes_per_token
    assert sum(2 * rows * n_in * n_out for rows, n_in, n_out in products) == counted(64, CONTEXT)


def test_batch_of_eight(benchmark, products):
    caches = [KVCache.for_model(CONFIG, CONTEXT + 1) for _ in range(8)]
    for cache in caches:
        fill_synthetically(cache, CONTEXT)

    def prepare():
        products.clear()
        for cache in caches:
            forget(cache)

    benchmark.pedantic(lambda: MODEL.forward_batch([([1], c) for c in caches]), setup=prepare, rounds=50)
    assert len(products) == 4 * CONFIG.n_layers + 1  # as many as for one sequence: the weights are read once
    assert all(cache.bytes_written == cache.bytes_per_token for cache in caches)


@pytest.mark.parametrize("n_queries", [1, 64])
def test_attention(benchmark, n_queries):
    keys, values, queries = noise(2, 1024, 32), noise(2, 1024, 32), noise(6, n_queries, 32)
    positions = np.arange(1024 - n_queries, 1024)
    attended = benchmark(attention.attend, queries, (Segment(keys, values),), positions)
    assert attended.shape == queries.shape and attended.dtype == np.float32


@pytest.mark.parametrize("kind", [KVCache, ConcatCache])
def test_a_token_into_the_cache(benchmark, kind):
    cache = kind(257, 4, 2, 32) if kind is KVCache else kind(4, 2, 32)
    row = noise(2, 1, 32)
    fill_synthetically(cache, CONTEXT)

    def store():
        for layer_idx in range(4):
            cache.update(layer_idx, row, row)
        cache.advance()

    benchmark.pedantic(store, setup=lambda: forget(cache), rounds=100)
    token = cache.bytes_per_token
    assert cache.bytes_written == (token if kind is KVCache else (CONTEXT + 1) * token)  # concat writes all anew


@pytest.mark.parametrize("rows", [1, 2, 7, 8, 64])
def test_linear(benchmark, rows):
    x, weight = noise(rows, 192), noise(192, 1024)
    y = benchmark(ops.linear, x, weight)
    np.testing.assert_allclose(y, x @ weight, atol=1e-3)


@pytest.mark.parametrize("rows", [1, 64])
def test_between_the_products(benchmark, rows):
    x, gain, gate_up = noise(rows, 192), noise(192), noise(rows, 1024)
    heads, angles = noise(8, rows, 32), Rope(RopeConfig(), 32).angles(np.arange(rows))
    shapes = benchmark(
        lambda: [ops.rms_norm(x, gain, 1e-5).shape, ops.swiglu(gate_up).shape, rotate(heads, angles).shape]
    )
    assert shapes == [(rows, 192), (rows, 512), (8, rows, 32)]
