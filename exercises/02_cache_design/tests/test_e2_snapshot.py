"""Tests of 2.2: a snapshot against copies that the test keeps, whatever the cache goes through."""

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes
from kvlab import ConcatCache, KVCache, ModelConfig, Transformer


def make(kind, room=8, n_layers=1, n_heads=2, head_dim=3, dtype=np.float32):
    """An empty cache; a `ConcatCache` has no room to be named."""
    shape = (n_layers, n_heads, head_dim)
    return ConcatCache(*shape, dtype=dtype) if kind is ConcatCache else KVCache(room, *shape, dtype=dtype)


def stage(cache, n, first):
    """Stage n tokens in every layer: consecutive numbers, so that no two rows are the same."""
    for layer_idx in range(cache.n_layers):
        shape = (cache.n_kv_heads, n, cache.head_dim)
        keys = first + 100 * layer_idx + np.arange(np.prod(shape)).reshape(shape)
        cache.update(layer_idx, keys.astype(cache.dtype), -keys.astype(cache.dtype))


def feed(cache, n, first=1):
    stage(cache, n, first)
    cache.advance(n)
    return cache


def held(cache):
    """What the cache holds, as copies."""
    return [tuple(array.copy() for array in cache.get(layer_idx)) for layer_idx in range(cache.n_layers)]


def same(got, cache_before, why):
    for layer_idx, (pair, right) in enumerate(zip(got, cache_before, strict=True)):
        for name, one, want in zip(("keys", "values"), pair, right, strict=True):
            with given(f"{name} of layer {layer_idx}"):
                expect(one, want, name, why=why, dtype=want.dtype)


def walk(answer, cache, other, case):
    """Snapshot, another text, restore: here and into another cache."""
    before, position = held(cache), cache.position
    with given(case):
        saved = answer.snapshot(cache)
        expect(len(saved), cache.n_layers, "layers in the snapshot")
        same(saved, before, "a snapshot must hold the committed tokens, and no others")
        expect(cache.position, position, "position", why="taking a snapshot must not change the cache")
        same(held(cache), before, "taking a snapshot must not change the cache")
        cache.reset()
        feed(cache, max(1, position), first=5000)
        same(saved, before, "the snapshot changed when another text was written into the cache")
        for goal, name in ((cache, "the same cache"), (other, "another cache"), (cache, "the same cache, again")):
            answer.restore(goal, saved)
            goal.check()
            expect(goal.position, position, f"position of {name}", why="the restored text must be as long as it was")
            same(held(goal), before, f"{name}, restored, must hold the old keys and values")
            goal.truncate(position // 2)
            feed(goal, 1, first=7000)
            same(saved, before, "the snapshot changed when the restored cache went on")


def test_correct(answer, rng):
    for kind in (KVCache, ConcatCache):
        name = kind.__name__
        walk(answer, feed(make(kind, n_heads=1), 1), make(kind, n_heads=1), f"{name}, one token, one head")
        walk(answer, feed(make(kind), 2), make(kind), f"{name}, two tokens, two heads")
        walk(answer, feed(make(kind, n_layers=3), 2), make(kind, n_layers=3), f"{name}, three layers")
        walk(answer, feed(make(kind, room=4), 4), make(kind, room=4), f"{name}, all its slots taken")
        walk(answer, make(kind, n_layers=2), make(kind, n_layers=2), f"{name}, no tokens")
        walk(answer, feed(make(kind, dtype=np.float64), 2), make(kind, dtype=np.float64), f"{name}, float64")
        cache = feed(make(kind, n_layers=2), 2)
        stage(cache, 3, first=9000)
        walk(answer, cache, make(kind, n_layers=2), f"{name}, two tokens and an open step of three")
        step_stays_open(answer, kind)
    walk(answer, feed(make(KVCache), 3), make(ConcatCache), "from a KVCache into a ConcatCache")
    for _ in range(6):
        n_layers, n_heads, head_dim, n = (int(x) for x in rng.integers(1, 5, 4))
        shape = {
            "room": n + int(rng.integers(0, 3)) + 1,
            "n_layers": n_layers,
            "n_heads": n_heads,
            "head_dim": head_dim,
        }
        walk(answer, feed(make(KVCache, **shape), n), make(KVCache, **shape), f"{n} tokens, {shape}")
    only_what_is_used(answer)
    with_a_model(answer, rng)


def step_stays_open(answer, kind):
    cache = feed(make(kind), 1)
    stage(cache, 2, first=9000)
    with given(f"{kind.__name__}, one token and an open step of two: a snapshot, then advance(2)"):
        answer.snapshot(cache)
        try:
            cache.advance(2)
        except ValueError:
            raise Wrong("taking a snapshot must not close the cache's open step") from None


def only_what_is_used(answer):
    cache = feed(make(KVCache, room=4000, n_layers=2), 10)
    answer.snapshot(cache)
    used = 10 * cache.bytes_per_token
    with given(f"10 tokens in a cache with room for 4,000: {used} bytes of keys and values"):
        got = peak_bytes(lambda: answer.snapshot(cache))
        # Array objects and tuples take some hundred bytes each; a copy of the room takes 192,000.
        assert got <= used + 8192, f"a snapshot must not copy the room for later tokens: it took {got:,} bytes"


def with_a_model(answer, rng):
    """The button: the same logits before and after another reply."""
    model = Transformer.random(
        ModelConfig(n_layers=2, embed_dim=8, n_heads=4, n_kv_heads=2, head_dim=4, mlp_dim=8, vocab_size=20)
    )
    text, reply, other = (rng.integers(0, 20, n).tolist() for n in (5, 3, 6))
    cache = KVCache.for_model(model.config, 12)
    model.forward(text, cache)
    saved = answer.snapshot(cache)
    first = model.forward(reply, cache)
    cache.reset()
    model.forward(other, cache)
    answer.restore(cache, saved)
    with given("a model: a snapshot, a reply, another user's text, a restore, the same reply"):
        again = model.forward(reply, cache)
        # The same numbers in the same operations: not one bit may differ.
        expect(again, first, "logits", why="after the restore, the model must see the old text")


def probes(answer):
    def kept(n_heads, room):
        cache = feed(make(KVCache, room=room, n_layers=2, n_heads=n_heads), 2)
        saved = answer.snapshot(cache)
        cache.reset()
        feed(cache, 2, first=50)
        return [array for pair in saved for array in pair]

    def restored():
        cache = feed(make(KVCache, n_layers=2), 2)
        saved = answer.snapshot(cache)
        cache.reset()
        feed(cache, 2, first=50)
        answer.restore(cache, saved)
        return [cache.position, *cache.get(0), *cache.get(1)]

    def takes_the_room():
        cache = feed(make(KVCache, room=4000), 10)
        answer.snapshot(cache)
        return peak_bytes(lambda: answer.snapshot(cache)) > 50_000

    def restore_copies():
        saved = answer.snapshot(feed(make(KVCache, room=2000), 2000))  # 96,000 bytes
        other = make(KVCache, room=2000)
        answer.restore(other, saved)
        return peak_bytes(lambda: answer.restore(other, saved)) > 50_000

    for n_heads, room in ((2, 4), (1, 4), (2, 2)):
        yield lambda case=(n_heads, room): kept(*case)
    yield restored
    yield takes_the_room
    yield restore_copies
