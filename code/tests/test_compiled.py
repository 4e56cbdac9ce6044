"""The compiled model against the plain one: every geometry, every cache, every way to cut a text. CI runs these."""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from kvlab import KVCache, Transformer
from registry import CACHES, GEOMETRIES, GROUPED, tokens, ways_to_cut
from shape_comments import ShapeWatch, commented

pytestmark = pytest.mark.compiled
LENGTH = 19
TOLERANCE = 2e-5  # sums of at most a few hundred float32 terms of order 1, taken in another order


@pytest.fixture(scope="module")
def compiled():
    """The class; importing it needs numba."""
    from kvlab.model.compiled import CompiledTransformer

    return CompiledTransformer


@pytest.fixture
def counted(compiled, monkeypatch):
    """How often the kernels ran, by name."""
    import kvlab.model.compiled as module

    calls = dict.fromkeys(("project", "finish", "logits", "attend_one", "causal_softmax", "swiglu", "rotated_heads"), 0)

    def counting(name, kernel):
        def call(*arguments):
            calls[name] += 1
            return kernel(*arguments)

        return call

    for name in calls:
        monkeypatch.setattr(module, name, counting(name, getattr(module, name)))
    return calls


@pytest.mark.parametrize("cut", ways_to_cut(LENGTH).values(), ids=ways_to_cut(LENGTH))
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_logits_are_those_of_the_plain_model(compiled, geometry, cache, cut):
    config = GEOMETRIES[geometry]
    plain, text = Transformer.random(config, seed=3), tokens(config, LENGTH)
    model, made = compiled(config, plain.weights), CACHES[cache](config, LENGTH)
    stops = np.cumsum(cut)
    got = [model.forward(text[stop - n : stop], made) for stop, n in zip(stops, cut, strict=True)]
    made.check()
    np.testing.assert_allclose(np.concatenate(got), plain.forward(text), atol=TOLERANCE)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_two_bytes_a_weight_are_the_model_of_the_rounded_weights(geometry, counted):
    from kvlab.model.compiled import Bfloat16Transformer

    config = GEOMETRIES[geometry]
    weights, text = Transformer.random(config, seed=3).weights, tokens(config, LENGTH)
    model = Bfloat16Transformer(config, weights)
    plain, cache = Transformer(config, model.weights), KVCache.for_model(config, LENGTH)
    got = [model.forward(text[:5], cache)] + [model.forward([token], cache) for token in text[5:]]
    np.testing.assert_allclose(np.concatenate(got), plain.forward(text), atol=TOLERANCE)
    assert np.abs(np.concatenate(got) - Transformer(config, weights).forward(text)).max() > TOLERANCE
    matrices = sum(array.size for _, array in weights.named() if array.ndim == 2)
    assert model.bytes_read == weights.nbytes - 2 * matrices
    assert counted["logits"] == LENGTH - 5


def test_a_long_context_is_split_between_threads_and_merged(compiled):
    config = GROUPED.with_(n_layers=2)
    plain, text = Transformer.random(config, seed=5), tokens(config, 700)
    caches = [KVCache.for_model(config, 701) for _ in range(2)]
    for threads in (1, 2, 3):
        model = compiled(config, plain.weights)
        model._threads = threads
        for cache in caches:
            cache.reset()
        pairs = [(m.forward(text, c), m.forward([7], c)) for m, c in zip((plain, model), caches, strict=True)]
        for ours, theirs in zip(*pairs, strict=True):
            np.testing.assert_allclose(theirs, ours, atol=TOLERANCE)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shape", [(30, 40), (401, 331), (331, 401)])  # below SMALL, where one thread works, and above
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_product_in_parts_is_the_product(order, shape, threads, compiled):
    from kvlab.model.bfloat16 import from_bfloat16, to_bfloat16
    from kvlab.model.kernels import SMALL, product

    assert (np.prod(shape) < SMALL) == (shape == (30, 40))
    rng = np.random.default_rng(1)
    x = rng.standard_normal(shape[0], dtype=np.float32)
    halves = np.asarray(to_bfloat16(rng.standard_normal(shape, dtype=np.float32)), order=order)
    for weight in (from_bfloat16(halves), halves):
        np.testing.assert_allclose(product(x, weight, threads), x @ from_bfloat16(halves), atol=1e-4)


def test_scores_far_apart_neither_overflow_nor_vanish(compiled):
    from kvlab.model.kernels import attend_one

    rng = np.random.default_rng(0)
    queries, values = np.ones((1, 1, 4), np.float32), rng.standard_normal((400, 4), dtype=np.float32)
    keys = np.zeros((400, 4), np.float32)
    keys[300] = 200  # its score is 800 above all others: their exponentials are zero
    np.testing.assert_allclose(attend_one(queries, (keys,), (values,), 2)[0, 0], values[300], atol=1e-6)
    others = np.delete(values, 300, axis=0).mean(axis=0)
    np.testing.assert_allclose(attend_one(-queries, (keys,), (values,), 2)[0, 0], others, atol=1e-5)


def test_the_kernels_are_what_runs(compiled, counted):
    plain = Transformer.random(GROUPED)
    model, cache = compiled(GROUPED, plain.weights), KVCache.for_model(GROUPED, 9)
    model.forward(tokens(GROUPED, 8), cache)
    layers = GROUPED.n_layers
    assert counted["causal_softmax"] == layers * GROUPED.n_kv_heads
    assert counted["swiglu"] == counted["rotated_heads"] == layers
    model.forward([1], cache)
    assert counted["project"] == counted["finish"] == counted["attend_one"] == layers and counted["logits"] == 1


def test_its_shape_comments_are_true(compiled):
    from kvlab.model import compiled as module

    model, cache = compiled(GROUPED, Transformer.random(GROUPED).weights), KVCache.for_model(GROUPED, 9)
    with ShapeWatch(GROUPED) as watch:
        model.forward(tokens(GROUPED, 7), cache)
        model.forward([1], cache)
    assert not watch.wrong, "\n".join(sorted(set(watch.wrong)))
    promised = {f"compiled.py:{line}" for line in commented(Path(module.__file__))}
    assert len(promised) >= 5 and promised <= watch.checked


@pytest.mark.parametrize("switch", ["qkv_bias", "output_bias", "mlp_bias", "qk_norm"])
def test_what_has_no_kernel_is_left_to_numpy(compiled, counted, switch):
    config = GROUPED.with_(**{switch: True})
    plain = Transformer.random(config)
    model, cache = compiled(config, plain.weights), KVCache.for_model(config, 9)
    np.testing.assert_allclose(model.forward([1], cache), plain.forward([1]), atol=TOLERANCE)
    assert counted["project"] == counted["finish"] == 0


def test_a_pass_that_fails_leaves_the_cache_as_it_was(compiled):
    weights = Transformer.random(GROUPED).weights
    model, cache = compiled(GROUPED, weights), KVCache.for_model(GROUPED, 9)
    model.forward(tokens(GROUPED, 4), cache)
    weights.layers[1].down[0] = np.nan
    with pytest.raises(ValueError, match=r"layers\.1\.down"):
        model.forward([1], cache)
    cache.check()
    assert cache.position == 4


def test_a_cached_key_that_is_not_finite_is_noticed(compiled):
    model, cache = compiled(GROUPED, Transformer.random(GROUPED).weights), KVCache.for_model(GROUPED, 9)
    for n, slot in ((1, 0), (1, 3), (2, 2)):
        cache.reset()
        model.forward(tokens(GROUPED, 4), cache)
        cache._keys[1, 0, slot, 0] = np.nan
        with pytest.raises(ValueError, match="the cache holds NaN"):
            model.forward([1] * n, cache)
        cache.check()
        assert cache.position == 4


def test_the_examples_in_docstrings_are_true():
    from test_multihead import NEED_NUMBA

    tried = [doctest.testmod(importlib.import_module(name)) for name in NEED_NUMBA]
    assert sum(result.attempted for result in tried) >= 4
    assert not any(result.failed for result in tried)


def test_each_rung_of_the_prompts_ladder_is_the_model_and_what_it_says(compiled, monkeypatch):
    from kvlab.bench.prompt_ladder import prompt_rungs
    from kvlab.model import threaded

    monkeypatch.setattr(threaded, "SHORTEST", 6)
    plain, ids, ways = Transformer.random(GROUPED), tokens(GROUPED, 9), []
    in_blocks = threaded.ThreadedTransformer._in_blocks
    monkeypatch.setattr(
        threaded.ThreadedTransformer, "_in_blocks", lambda self, *work: ways.append("blocks") or in_blocks(self, *work)
    )
    found = {}
    with threaded.ThreadpoolController().limit(limits=2, user_api="blas"):
        for name, rung in prompt_rungs(plain).items():
            ways.clear()
            np.testing.assert_allclose(rung.forward(ids), plain.forward(ids), atol=TOLERANCE)
            found[name] = (bool(ways), isinstance(rung, compiled))
    assert list(found.values()) == [(False, False), (True, False), (False, True), (True, True)]
