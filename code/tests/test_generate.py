"""Both loops, token by token: when they stop, what they leave behind, and that a failure loses nothing."""

import numpy as np
import pytest

from kvlab import KVCache, Transformer, generate_cached, generate_recompute, sampler
from registry import CACHES, GROUPED, tokens

MODEL = Transformer.random(GROUPED, seed=5)
PROMPT = tokens(GROUPED, 6)
LOOPS = {"recompute": generate_recompute, "cached": generate_cached}


@pytest.fixture(params=LOOPS.values(), ids=list(LOOPS))
def generate(request):
    return request.param


def test_tokens_stream(generate, monkeypatch):
    """Each token is handed out before the next one is computed."""
    passes = []
    forward = Transformer.forward
    monkeypatch.setattr(
        Transformer, "forward", lambda self, ids, *a, **k: passes.append(len(ids)) or forward(self, ids, *a, **k)
    )
    stream = generate(MODEL, PROMPT, 4)
    assert passes == []
    for n in range(1, 5):
        next(stream)
        assert len(passes) == n
    with pytest.raises(StopIteration):
        next(stream)
    assert passes == ([6, 7, 8, 9] if generate is generate_recompute else [6, 1, 1, 1])


def test_a_stop_token_ends_it_and_is_handed_out(generate):
    free = list(generate(MODEL, PROMPT, 12))
    stop = free[4]
    assert list(generate(MODEL, PROMPT, 12, stop_ids={stop})) == free[: free.index(stop) + 1]


@pytest.mark.parametrize(
    ("prompt", "count", "sentence"),
    [
        ([], 3, "the prompt is empty"),
        ([1], 0, "max_new_tokens is 0"),
        ([1], -2, "max_new_tokens is -2"),
        ([1], 1.5, "max_new_tokens is 1.5"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(generate, prompt, count, sentence):
    with pytest.raises(ValueError, match=sentence):
        generate(MODEL, prompt, count)


def test_the_prompt_is_not_changed(generate):
    prompt = list(PROMPT)
    list(generate(MODEL, prompt, 3))
    assert prompt == PROMPT


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=list(CACHES))
def test_the_cache_holds_all_but_the_last_token_once(make_cache):
    """The last prompt token is not written twice, and the next call continues where this one ended."""
    cache = make_cache(GROUPED, 40)
    first = list(generate_cached(MODEL, PROMPT, 5, cache=cache))
    assert cache.position == len(PROMPT) + 4
    more = list(generate_cached(MODEL, first[-1:], 5, cache=cache))
    assert first + more == list(generate_recompute(MODEL, PROMPT, 10))


def test_a_cache_of_just_the_size_needed_is_enough():
    cache = KVCache.for_model(GROUPED, len(PROMPT) + 4)
    assert len(list(generate_cached(MODEL, PROMPT, 5, cache=cache))) == 5
    assert cache.position == cache.max_seq_len


def test_a_full_cache_hands_out_every_token_before_it_refuses():
    cache = KVCache.for_model(GROUPED, len(PROMPT) + 2)
    stream = generate_cached(MODEL, PROMPT, 10, cache=cache)
    got = [next(stream) for _ in range(3)]
    with pytest.raises(ValueError, match="the cache is full"):
        next(stream)
    assert got == list(generate_recompute(MODEL, PROMPT, 3))
    assert cache.position == cache.max_seq_len
    cache.check()


def test_an_abandoned_stream_leaves_a_usable_cache():
    cache = KVCache.for_model(GROUPED, 30)
    stream = generate_cached(MODEL, PROMPT, 10, cache=cache)
    first = [next(stream), next(stream)]
    stream.close()
    assert first + list(generate_cached(MODEL, first[-1:], 3, cache=cache)) == list(
        generate_recompute(MODEL, PROMPT, 5)
    )


def test_a_seed_repeats_a_draw_and_both_loops_draw_the_same():
    def drawn(generate, seed):
        draw = sampler(temperature=1.5, top_k=20, top_p=0.9, generator=np.random.default_rng(seed))
        return list(generate(MODEL, PROMPT, 15, sampler=draw))

    assert drawn(generate_cached, 1) == drawn(generate_cached, 1) == drawn(generate_recompute, 1)
    assert drawn(generate_cached, 1) != drawn(generate_cached, 2)
