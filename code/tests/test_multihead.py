"""One attention layer by itself: the course's class, with and without a cache; and every docstring's example."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kvlab
from kvlab import CachedMultiHeadAttention, ConcatCache, KVCache, RopeConfig

# One layer's outputs are of order 1 and sums of some tens of products, each rounded to 6e-8.
TOLERANCE = 5e-6
LAYERS = {
    "mha": {},
    "gqa": {"n_kv_heads": 2},
    "mqa": {"n_kv_heads": 1},
    "own head_dim": {"head_dim": 10},
    "rope": {"n_kv_heads": 2, "rope": RopeConfig()},
    "window": {"window": 3, "rope": RopeConfig()},
}


def hidden(n: int, width: int = 24, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)


def caches(layer: CachedMultiHeadAttention, size: int, n_layers: int = 1):
    geometry = {"n_layers": n_layers, "n_heads": layer.n_kv_heads, "head_dim": layer.head_dim}
    return [KVCache(size, **geometry), ConcatCache(**geometry)]


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("cut", [[12], [1] * 12, [5, 1, 6], [11, 1]], ids=str)
def test_cached_equals_uncached_at_every_position(options, cut):
    layer, x = CachedMultiHeadAttention(24, 4, **options), hidden(12)
    whole = layer(x)
    for cache in caches(layer, 12):
        pieces, start = [], 0
        for n in cut:
            pieces.append(layer(x[start : start + n], cache))
            cache.advance(n)
            start += n
        assert np.abs(np.concatenate(pieces) - whole).max() < TOLERANCE


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
def test_it_is_causal_without_a_cache_too(options):
    layer, x = CachedMultiHeadAttention(24, 4, **options), hidden(9)
    changed = x.copy()
    changed[5:] = hidden(4, seed=1)
    difference = np.abs(layer(x) - layer(changed)).max(axis=1)
    assert (difference[:5] < TOLERANCE).all() and (difference[5:] > 1e-2).all()


def test_it_depends_on_what_came_before():
    """A layer that ignored its cache would be causal, too."""
    layer, x = CachedMultiHeadAttention(24, 4), hidden(9)
    changed = x.copy()
    changed[0] += 1
    assert (np.abs(layer(x) - layer(changed)).max(axis=1) > 1e-3).all()


def test_a_window_forgets():
    layer, x = CachedMultiHeadAttention(24, 4, window=3), hidden(9)
    changed = x.copy()
    changed[0] += 1
    difference = np.abs(layer(x) - layer(changed)).max(axis=1)
    assert (difference[:3] > 1e-3).all() and (difference[3:] == 0).all()


def test_layers_of_one_cache_are_apart():
    """Two layers stage in turn, and the caller commits once."""
    first, second = CachedMultiHeadAttention(24, 4, seed=1), CachedMultiHeadAttention(24, 4, seed=2)
    x = hidden(6)
    whole = second(first(x))
    for cache in caches(first, 6, n_layers=2):
        rows = []
        for token in range(6):
            rows.append(second(first(x[token : token + 1], cache, 0), cache, layer_idx=1))
            cache.advance()
        assert np.abs(np.concatenate(rows) - whole).max() < TOLERANCE


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 5), st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_any_geometry(groups, n_kv_heads, half_dim, cut):
    layer = CachedMultiHeadAttention(
        7, groups * n_kv_heads, n_kv_heads=n_kv_heads, head_dim=2 * half_dim, rope=RopeConfig()
    )
    x = hidden(sum(cut), 7)
    for cache in caches(layer, len(x)):
        rows, start = [], 0
        for n in cut:
            rows.append(layer.forward(x[start : start + n], cache=cache, layer_idx=0))
            cache.advance(n)
            start += n
        assert np.abs(np.concatenate(rows) - layer(x)).max() < 2e-5


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"embed_dim": 0, "num_heads": 1}, "embed_dim is 0"),
        ({"embed_dim": 8, "num_heads": -1}, "num_heads is -1"),
        ({"embed_dim": 10, "num_heads": 4}, "10 does not divide into 4 heads: give head_dim"),
        ({"embed_dim": 8, "num_heads": 4, "n_kv_heads": 3}, "4 query heads cannot share 3"),
        ({"embed_dim": 8, "num_heads": 4, "window": 0}, "window is 0"),
        ({"embed_dim": 6, "num_heads": 2, "rope": RopeConfig()}, "head_dim is 3.*must be even"),
    ],
)
def test_sizes_that_do_not_fit_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        CachedMultiHeadAttention(**options)


@pytest.mark.parametrize(
    ("x", "sentence"),
    [
        (hidden(2).astype("f8"), "x is float64"),
        (hidden(2).tolist(), "x is list"),
        (hidden(2)[None], r"x is \[1, 2, 24\].*no batch axis"),
        (hidden(2, 23), r"x is \[2, 23\]; give \[N, 24\]"),
        (hidden(2)[:0], "with at least one token"),
        (hidden(2)[:, :1], r"x is \[2, 1\]"),
    ],
)
def test_wrong_input_is_refused_and_nothing_changes(x, sentence):
    layer = CachedMultiHeadAttention(24, 4)
    for cache in caches(layer, 4):
        with pytest.raises(ValueError, match=sentence):
            layer(x, cache)
        assert cache.position == 0
        cache.begin(1)


def test_a_cache_of_other_heads_is_refused():
    layer = CachedMultiHeadAttention(24, 4, n_kv_heads=2)
    cache = KVCache(4, 1, 4, 6)
    with pytest.raises(ValueError, match=r"takes \[4, 6\]"):
        layer(hidden(1), cache)
    cache.begin(1)


# test_compiled runs their examples, where numba is
NEED_NUMBA = ("kvlab.model.kernels", "kvlab.model.compiled", "kvlab.bench.prompt_ladder")


def test_every_example_in_a_docstring_is_true():
    ran = 0
    for module in pkgutil.walk_packages(kvlab.__path__, "kvlab."):
        if not module.name.endswith("__main__") and module.name not in NEED_NUMBA:
            result = doctest.testmod(importlib.import_module(module.name))
            assert result.failed == 0, module.name
            ran += result.attempted
    assert ran >= 8
