"""Several sequences at once: each as if it were alone, whatever its length, its end, its sampler and its company."""

import numpy as np
import pytest

from kvlab import KVCache, Transformer, generate_cached, sampler
from kvlab.model.generate_batch import generate_batch
from registry import CACHES, GROUPED, tokens

MODEL = Transformer.random(GROUPED, seed=5)
PROMPTS = [tokens(GROUPED, n, seed=n) for n in (6, 1, 11)]


def alone(prompt, n, **options):
    return list(generate_cached(MODEL, prompt, n, **options))


def sorted_out(pairs, n):
    """Pairs of (index, token) as one list for each sequence."""
    texts = [[] for _ in range(n)]
    for index, token in pairs:
        texts[index].append(token)
    return texts


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=list(CACHES))
def test_each_sequence_as_if_alone(make_cache):
    caches = [make_cache(GROUPED, 40) for _ in PROMPTS]
    texts = sorted_out(generate_batch(MODEL, PROMPTS, 9, caches=caches), 3)
    assert texts == [alone(prompt, 9) for prompt in PROMPTS]
    assert [cache.position for cache in caches] == [len(prompt) + 8 for prompt in PROMPTS]


def test_rounds_stream_in_the_prompts_order(monkeypatch):
    """A round's tokens are handed out before the next round is computed."""
    passes = []
    forward = Transformer.forward_batch
    monkeypatch.setattr(
        Transformer,
        "forward_batch",
        lambda self, batch, **k: passes.append([len(ids) for ids, _ in batch]) or forward(self, batch, **k),
    )
    stream = generate_batch(MODEL, PROMPTS, [3, 1, 2])
    assert passes == []
    indices = []
    for index, _ in stream:
        indices.append(index)
        assert len(passes) == [1, 1, 1, 2, 2, 3][len(indices) - 1]
    assert indices == [0, 1, 2, 0, 2, 0]
    assert passes == [[6, 1, 11], [1, 1], [1]]


def test_one_stops_and_the_others_go_on():
    free = [alone(prompt, 9) for prompt in PROMPTS]
    stop = free[1][3]
    texts = sorted_out(generate_batch(MODEL, PROMPTS, 9, stop_ids={stop}), 3)
    assert texts == [alone(prompt, 9, stop_ids={stop}) for prompt in PROMPTS]
    assert len(texts[1]) == free[1].index(stop) + 1 < 9
    assert max(map(len, texts)) == 9


def test_what_a_sequence_draws_does_not_depend_on_its_company():
    def make(seed):
        return sampler(temperature=1.5, generator=np.random.default_rng(seed))

    texts = sorted_out(generate_batch(MODEL, PROMPTS, 8, samplers=[make(i) for i in range(3)]), 3)
    assert texts == [alone(prompt, 8, sampler=make(i)) for i, prompt in enumerate(PROMPTS)]
    assert texts[0] != sorted_out(generate_batch(MODEL, PROMPTS, 8), 3)[0]


def test_forks_of_one_cache_go_their_own_ways():
    cache = KVCache.for_model(GROUPED, 40)
    MODEL.forward(PROMPTS[2][:-1], cache)
    caches = [cache.fork() for _ in range(3)]
    lasts = [[5], [6], [5]]
    texts = sorted_out(generate_batch(MODEL, lasts, 6, caches=caches), 3)
    assert texts == [alone(PROMPTS[2][:-1] + last, 6) for last in lasts]
    assert cache.position == 10


def test_a_full_cache_stops_the_round_before_it_changes_anything():
    caches = [KVCache.for_model(GROUPED, size) for size in (40, 3, 40)]
    handed_out = []
    with pytest.raises(ValueError, match="the cache is full: it holds 3 of 3"):
        handed_out.extend(generate_batch(MODEL, PROMPTS, 9, caches=caches))
    texts = []
    with pytest.raises(ValueError, match="the cache is full"):
        texts.extend(generate_batch(MODEL, PROMPTS, 9, caches=[KVCache.for_model(GROUPED, n) for n in (40, 3, 40)]))
    assert sorted_out(texts, 3) == [alone(prompt, 3) for prompt in PROMPTS]
    for cache, prompt, text in zip(caches, PROMPTS, sorted_out(texts, 3), strict=True):
        cache.check()
        assert cache.position == len(prompt) + len(text) - 1
        cache_left = 40 if cache.max_seq_len == 40 else 0
        if cache_left:
            assert text + alone(text[-1:], 4, cache=cache) == alone(prompt, 7)


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (([], 3), {}, "the batch is empty"),
        (([[1], []], 3), {}, "prompt 1 is empty"),
        (([[1], [2]], 0), {}, "max_new_tokens is 0"),
        (([[1], [2]], [3, 1.5]), {}, "max_new_tokens is 1.5"),
        (([[1], [2]], [3]), {}, "2 prompts came with 1 max_new_tokens"),
        (([[1], [2]], 3), {"caches": []}, "2 prompts came with 0 caches"),
        (([[1], [2]], 3), {"samplers": [np.argmax] * 3}, "2 prompts came with 3 samplers"),
    ],
)
def test_wrong_arguments_are_refused_at_the_call(arguments, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        generate_batch(MODEL, *arguments, **options)


def test_two_sequences_cannot_share_a_cache():
    cache = KVCache.for_model(GROUPED, 40)
    with pytest.raises(ValueError, match="share one cache"):
        next(generate_batch(MODEL, PROMPTS[:2], 3, caches=[cache, cache]))
    assert cache.position == 0


def test_the_prompts_are_not_changed():
    prompts = [list(prompt) for prompt in PROMPTS]
    list(generate_batch(MODEL, prompts, 3))
    assert prompts == PROMPTS
