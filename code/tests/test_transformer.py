"""The forward pass as a transaction: what it refuses, and that a failure anywhere leaves every cache as it was."""

import dataclasses

import numpy as np
import pytest

from kvlab import ConcatCache, KVCache, ModelConfig, RopeConfig, Transformer, random_weights
from kvlab.model.ops import swiglu
from kvlab.model.transformer import MLP_BLOCK
from registry import CACHES, GEOMETRIES, GROUPED, contents, same, tokens

V = GROUPED.vocab_size


@pytest.fixture(params=CACHES.values(), ids=list(CACHES))
def cache(request):
    return request.param(GROUPED, 20)


class Broken(Exception):
    """A failure that no code expects."""


@pytest.mark.parametrize("where", ["update", "observe", "attend", "advance"])
@pytest.mark.parametrize("layer_idx", range(GROUPED.n_layers))
def test_a_pass_that_fails_in_any_layer_leaves_the_cache_as_it_was(cache, layer_idx, where, monkeypatch):
    """The whole batch with it: another sequence's cache, which had already staged, too."""
    model, other = Transformer.random(GROUPED), cache.fork()
    for each in (cache, other):
        model.forward(tokens(GROUPED, 4), each)
    before = contents(cache)
    calls = {"attend": 0}

    if where == "attend":

        def attend(*args, **kwargs):
            calls["attend"] += 1
            if calls["attend"] == 2 * layer_idx + 2:  # the second sequence in this layer
                raise Broken
            return real(*args, **kwargs)

        from kvlab.model import transformer

        real = transformer.attend
        monkeypatch.setattr(transformer, "attend", attend)
    else:
        method = getattr(other, where)

        def failing(*args, **kwargs):
            if where == "advance" or args[0] == layer_idx:
                raise Broken
            return method(*args, **kwargs)

        monkeypatch.setattr(other, where, failing)
        monkeypatch.setattr(other, "observes", where == "observe")
    with pytest.raises(Broken):
        model.forward_batch([([1, 2], cache), ([3], other)])
    monkeypatch.undo()
    for each in (cache, other):
        each.check()
        assert each.position == 4 and same(contents(each), before)
        each.begin(1)
        each.abort()
    again = model.forward([1, 2], cache)
    assert np.abs(again - model.forward([*tokens(GROUPED, 4), 1, 2])[-2:]).max() < 3e-5


def test_an_interrupt_is_a_failure_too(cache, monkeypatch):
    model = Transformer.random(GROUPED)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(model, "_mlp", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.forward([1], cache)
    assert cache.position == 0
    cache.begin(1)


@pytest.mark.parametrize(
    ("ids", "sentence"),
    [
        ([], "no tokens were given"),
        ([V], f"token id {V} is outside the vocabulary, 0 .. {V - 1}"),
        ([0, -1], "token id -1 is outside"),
        ([0.5], r"token ids are float64 \[1\]"),
        ([[1, 2]], r"token ids are int64 \[1, 2\]"),
        ([True], "token ids are bool"),
        ("ab", "token ids are <U2"),
    ],
)
def test_wrong_tokens_are_refused_and_nothing_changes(cache, ids, sentence):
    model = Transformer.random(GROUPED)
    model.forward([1, 2], cache)
    before = contents(cache)
    with pytest.raises(ValueError, match=sentence):
        model.forward(ids, cache)
    with pytest.raises(ValueError, match=sentence):
        model.forward(ids)
    assert cache.position == 2 and same(contents(cache), before)
    cache.begin(1)


def test_one_wrong_sequence_refuses_the_batch():
    model = Transformer.random(GROUPED)
    good, full = KVCache.for_model(GROUPED, 8), KVCache.for_model(GROUPED, 2)
    with pytest.raises(ValueError, match="the cache is full"):
        model.forward_batch([([1, 2], good), ([1, 2, 3], full)])
    with pytest.raises(ValueError, match="outside the vocabulary"):
        model.forward_batch([([1], good), ([V], full)])
    assert good.position == full.position == 0
    good.begin(1)
    full.begin(1)


def test_one_cache_cannot_serve_two_sequences(cache):
    model = Transformer.random(GROUPED)
    with pytest.raises(ValueError, match=r"share one cache: fork\(\) it"):
        model.forward_batch([([1], cache), ([2], cache)])
    with pytest.raises(ValueError, match="the batch is empty"):
        model.forward_batch([])
    assert cache.position == 0


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"n_layers": 4}, "the cache has 4 layers and the model 3"),
        ({"n_kv_heads": 3}, r"key is \[2, 1, 10\].*takes \[3, 10\]"),
        ({"head_dim": 12}, r"takes \[2, 12\]"),
    ],
)
def test_a_cache_of_another_geometry_is_refused(other, sentence):
    model = Transformer.random(GROUPED)
    for wrong in (KVCache.for_model(GROUPED.with_(**other), 8), ConcatCache.for_model(GROUPED.with_(**other))):
        with pytest.raises(ValueError, match=sentence):
            model.forward([1], wrong)
        assert wrong.position == 0
        wrong.begin(1)


@pytest.mark.parametrize("name", ["layers.1.down", "embedding", "layers.2.attention_norm", "final_norm"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_named(cache, name, value):
    """argmax would call NaN the likeliest token and generation would go on."""
    weights = random_weights(GROUPED)
    array = dict(weights.named())[name]
    array[...] = value
    with np.errstate(invalid="ignore", over="ignore"), pytest.raises(ValueError, match=f"NaN or infinity in {name}"):
        Transformer(GROUPED, weights).forward([1, 2], cache)
    assert cache.position == 0


def test_nan_in_the_cache_is_told_apart():
    model, cache = Transformer.random(GROUPED), KVCache.for_model(GROUPED, 8)
    model.forward([1, 2], cache)
    cache._values[0] = np.nan
    with pytest.raises(ValueError, match="the weights are finite, so the cache holds NaN"):
        model.forward([3], cache)
    assert cache.position == 2


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_a_cache_of_another_precision_is_written_in_its_own(dtype):
    """The model converts knowingly; half precision keeps three digits of each key and value."""
    model, text = Transformer.random(GROUPED, seed=1), tokens(GROUPED, 12)
    cache = KVCache.for_model(GROUPED, 12, dtype=dtype)
    got = np.concatenate([model.forward([token], cache) for token in text])
    assert got.dtype == np.float32 and cache.get(0)[0].dtype == dtype
    assert np.abs(got - model.forward(text)).max() < (0.02 if dtype == np.float16 else 3e-5)


@pytest.mark.parametrize("config", GEOMETRIES.values(), ids=GEOMETRIES)
def test_every_weight_matters(config):
    """A bias that is never added, a norm that is never applied, would not change the logits."""
    text, weights = tokens(config, 9), random_weights(config)
    reference = Transformer(config, weights).forward(text)
    for name, array in weights.named():
        kept = array.copy()
        array += 0.5 * np.random.default_rng(0).standard_normal(array.shape).astype(np.float32)
        assert np.abs(Transformer(config, weights).forward(text) - reference).max() > 1e-3, name
        array[...] = kept


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"qkv": None}, "the weights lack layers.1.qkv"),
        ({"query_norm": np.ones(10, np.float32)}, "the weights hold layers.1.query_norm"),
        ({"down": np.ones((24, 28), np.float32)}, r"layers.1.down is float32 \[24, 28\].*float32 \[28, 24\]"),
        ({"down": np.ones((28, 24))}, "layers.1.down is float64"),
    ],
)
def test_weights_must_fit_the_config(change, sentence):
    weights = random_weights(GROUPED)
    layers = list(weights.layers)
    layers[1] = dataclasses.replace(layers[1], **change)
    with pytest.raises(ValueError, match=sentence):
        Transformer(GROUPED, dataclasses.replace(weights, layers=tuple(layers)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"n_kv_heads": 4}, "6 query heads cannot share 4"),
        ({"n_kv_heads": 0}, "n_kv_heads is 0"),
        ({"head_dim": 5}, "head_dim is 5.*must be even"),
        ({"n_layers": 2.0}, r"n_layers is 2\.0"),
        ({"windows": (4,)}, "1 entries for 3 layers"),
        ({"windows": (4, 0, 4)}, r"a window is None \(no limit\) or at least 1"),
        ({"heads": 3}, "ModelConfig has no heads"),
    ],
)
def test_a_config_that_cannot_be_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        GROUPED.with_(**change)
    if "heads" in change:
        with pytest.raises(TypeError):
            ModelConfig(**change)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"scaling": "dynamic"}, "'dynamic' is not supported; default, linear, llama3, yarn are"),
        ({"theta": 0}, "must be positive"),
        ({"factor": -1}, "must be positive"),
    ],
)
def test_a_rotation_that_cannot_be_is_refused(change, sentence):
    with pytest.raises(ValueError, match=sentence):
        RopeConfig(**change)


@pytest.mark.parametrize("n", [MLP_BLOCK, MLP_BLOCK + 1, 2 * MLP_BLOCK + 3])
def test_a_prompt_longer_than_a_block_of_the_mlp_is_one_prompt(n, monkeypatch):
    model, text = Transformer.random(GROUPED, seed=4), tokens(GROUPED, n)
    in_blocks, sizes = model.forward(text), []
    monkeypatch.setattr(model, "_gate", lambda both: sizes.append(len(both)) or swiglu(both))
    model.forward(text)
    assert max(sizes) == min(n, MLP_BLOCK) and sum(sizes) == n * GROUPED.n_layers
    monkeypatch.setattr("kvlab.model.transformer.MLP_BLOCK", n)
    np.testing.assert_allclose(in_blocks, model.forward(text), atol=2e-5)
