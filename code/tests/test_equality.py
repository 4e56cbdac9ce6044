"""Oracle 1: recomputing and remembering give the same logits at every position, however the text is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvlab import ModelConfig, Transformer, generate_cached, generate_recompute
from kvlab.measure.equality import Divergence, first_divergence, logits_in_chunks, max_logit_difference
from registry import CACHES, GEOMETRIES, GROUPED, tokens, ways_to_cut

# Logits here are of order 1 and are sums of a few dozen float32 products, rounded to 6e-8 each, through three
# layers: differences seen are below 5e-6. A wrong mask, position or row shows as 1e-2 or more.
TOLERANCE = 3e-5
LENGTH = 23


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=CACHES)
@pytest.mark.parametrize("config", GEOMETRIES.values(), ids=GEOMETRIES)
@pytest.mark.parametrize("cut", ways_to_cut(LENGTH).values(), ids=ways_to_cut(LENGTH))
def test_logits_are_equal_at_every_position(make_cache, config, cut):
    model, text = Transformer.random(config, seed=1), tokens(config, LENGTH)
    cache = make_cache(config, LENGTH)
    assert max_logit_difference(model, text, cache, cut) < TOLERANCE
    assert cache.position == LENGTH
    cache.check()


@pytest.mark.parametrize("config", GEOMETRIES.values(), ids=GEOMETRIES)
def test_logits_of_a_prefix_do_not_see_the_rest(config):
    """Causality of the uncached pass itself: without it, cached and uncached agree at the last position only."""
    model, text = Transformer.random(config, seed=1), tokens(config, LENGTH)
    whole = model.forward(text)
    for n in (1, 2, LENGTH - 1):
        assert np.abs(model.forward(text[:n]) - whole[:n]).max() < TOLERANCE


@pytest.mark.parametrize("n", [63, 64, 65, 130])
def test_a_long_prompt_worked_in_blocks_of_queries_is_the_same(n):
    config = GROUPED.with_(windows=(None, 70, 3))
    model, text = Transformer.random(config, seed=2), tokens(config, n)
    assert max_logit_difference(model, text, CACHES["contiguous"](config, n)) < TOLERANCE


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=CACHES)
@pytest.mark.parametrize("config", GEOMETRIES.values(), ids=GEOMETRIES)
def test_greedy_tokens_are_equal(make_cache, config):
    model, prompt = Transformer.random(config, seed=3), tokens(config, 6)
    recomputed = list(generate_recompute(model, prompt, 30))
    cached = list(generate_cached(model, prompt, 30, cache=make_cache(config, 35)))
    parting = first_divergence(model, prompt, recomputed, cached, max_difference=TOLERANCE)
    assert parting is None or parting.near_tie, parting


def test_last_only_is_the_last_row():
    model, text = Transformer.random(GROUPED), tokens(GROUPED, 9)
    last = model.forward(text, last_only=True)
    assert last.shape == (1, GROUPED.vocab_size)
    assert np.abs(last[0] - model.forward(text)[-1]).max() < TOLERANCE


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=CACHES)
def test_a_batch_of_unequal_lengths_is_each_sequence_by_itself(make_cache):
    model = Transformer.random(GROUPED, seed=4)
    prompts = [tokens(GROUPED, n, seed=n) for n in (1, 7, 12)]
    caches = [make_cache(GROUPED, 20) for _ in prompts]
    prefill = model.forward_batch(list(zip(prompts, caches, strict=True)))
    decode = model.forward_batch([([5], cache) for cache in caches])
    for prompt, first, second in zip(prompts, prefill, decode, strict=True):
        alone = model.forward([*prompt, 5])
        assert np.abs(np.concatenate([first, second]) - alone).max() < TOLERANCE
    assert [cache.position for cache in caches] == [2, 8, 13]


small = st.integers(1, 3)


@st.composite
def models(draw) -> Transformer:
    """Any model but the narrowest: a vector of two or three numbers is now and then close to zero, and its norm then
    divides by little more than rounding."""
    groups, n_kv_heads = draw(small), draw(small)
    n_layers = draw(small)
    windows = draw(st.one_of(st.just(()), st.tuples(*[st.one_of(st.none(), st.integers(1, 6))] * n_layers)))
    config = ModelConfig(
        n_layers=n_layers, embed_dim=draw(st.integers(16, 32)), n_heads=groups * n_kv_heads, n_kv_heads=n_kv_heads,
        head_dim=2 * draw(st.integers(2, 5)), mlp_dim=draw(st.integers(1, 12)), vocab_size=draw(st.integers(2, 30)),
        windows=windows, qk_norm=draw(st.booleans()), qkv_bias=draw(st.booleans()), tied_head=draw(st.booleans()),
    )  # fmt: skip
    return Transformer.random(config, seed=draw(st.integers(0, 99)))


@settings(max_examples=120, deadline=None)
@given(models(), st.lists(st.integers(1, 6), min_size=1, max_size=6), st.sampled_from(sorted(CACHES)), st.data())
def test_any_geometry_any_chunks(model, cut, kind, data):
    """And a detour: wrong tokens written after any chunk and truncated away leave no trace."""
    text = tokens(model.config, sum(cut), seed=data.draw(st.integers(0, 99)))
    cache = CACHES[kind](model.config, len(text) + 3)
    detour = data.draw(st.integers(0, len(cut) - 1))
    pieces, start = [], 0
    for i, n in enumerate(cut):
        pieces.append(model.forward(text[start : start + n], cache))
        start += n
        if i == detour:
            model.forward([0, 1, 0], cache)
            cache.truncate(start)
        cache.check()
    assert np.abs(np.concatenate(pieces) - model.forward(text)).max() < TOLERANCE


def test_the_comparison_sees_a_difference():
    """The oracle itself must be able to fail: one key row off by a hair's breadth, and it says so."""
    model, text = Transformer.random(GROUPED), tokens(GROUPED, 8)
    cache = CACHES["contiguous"](GROUPED, 8)
    logits_in_chunks(model, text[:4], cache, [4])
    cache._keys[1, 0, 2] += 0.05
    got = model.forward(text[4:], cache)
    assert np.abs(got - model.forward(text)[4:]).max() > 10 * TOLERANCE


def test_chunks_must_add_up():
    model = Transformer.random(GROUPED)
    with pytest.raises(ValueError, match=r"chunks of \[2, 2\] tokens do not add up to the 5"):
        logits_in_chunks(model, tokens(GROUPED, 5), CACHES["concat"](GROUPED, 5), [2, 2])


def test_a_divergence_is_a_near_tie_only_below_twice_the_difference():
    model, prompt = Transformer.random(GROUPED, seed=3), tokens(GROUPED, 6)
    right = list(generate_recompute(model, prompt, 5))
    wrong = [*right[:2], (right[2] + 1) % GROUPED.vocab_size, *right[3:]]
    parting = first_divergence(model, prompt, right, wrong, max_difference=1e-6)
    assert isinstance(parting, Divergence) and parting.number == 2 and not parting.near_tie
    assert first_divergence(model, prompt, right, wrong, max_difference=parting.gap).near_tie
    assert first_divergence(model, prompt, right, right, max_difference=0) is None
    with pytest.raises(ValueError, match="one stops early"):
        first_divergence(model, prompt, right, right[:-1], max_difference=1)
