"""Tests of 6.2: caches saved, read back, and compared with what was committed to them."""

import tempfile
from pathlib import Path

import numpy as np

from kvgrade import Wrong, expect, given, refuses, same_bits
from kvlab import KVCache, ModelConfig, Transformer

HEADER = 1024  # bytes that a file may have beyond its rows


def shape_of(n_layers, n_heads, n_kv_heads, head_dim):
    """A model's geometry; nothing but the cache's shape matters for most tests."""
    return ModelConfig(n_layers, 12, n_heads, n_kv_heads, head_dim, mlp_dim=8, vocab_size=11)


SMALL = shape_of(1, 1, 1, 2)


def fill(cache, n_tokens, rng, commit=True):
    """One step of random rows in every layer."""
    shape = (2, cache.n_kv_heads, n_tokens, cache.head_dim)
    for layer in range(cache.n_layers):
        cache.update(layer, *rng.standard_normal(shape).astype(cache.dtype))
    if commit:
        cache.advance(n_tokens)
    return cache


def made(config, room, n_tokens, rng, dtype=np.float32):
    cache = KVCache.for_model(config, room, dtype=dtype)
    return fill(cache, n_tokens, rng) if n_tokens else cache


def saved(answer, cache, config, room):
    """Save and resume; what came back, and the file's bytes."""
    before = [array.copy() for layer in range(cache.n_layers) for array in cache.get(layer)]
    position, step = cache.position, cache._step
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "prefix.npy"
        answer.save(cache, path)
        if not path.exists():
            raise Wrong("save wrote no file at the path that it was given")
        data = path.read_bytes()
        cache.check()
        now = [array for layer in range(cache.n_layers) for array in cache.get(layer)]
        kept = (cache.position, cache._step) == (position, step) and all(map(same_bits, before, now))
        assert kept, "saving changed the cache"
        resumed = answer.resume(config, path, room)
    return resumed, data


def compare(answer, cache, config, why="", room=None):
    """The resumed cache holds the committed rows, and the file holds no more."""
    room = room or cache.max_seq_len
    resumed, data = saved(answer, cache, config, room)
    assert isinstance(resumed, KVCache), f"resume must return a KVCache; yours is a {type(resumed).__name__}"
    resumed.check()
    few = "the resumed cache lacks tokens that were committed"
    many = why or "an empty slot is no token"
    expect(resumed.position, cache.position, "position", why=few if resumed.position < cache.position else many)
    expect(resumed.max_seq_len, room, "max_seq_len", why="the new cache has the room that was asked for")
    expect(str(resumed.dtype), str(cache.dtype), "dtype", why="the new cache has the dtype of the old one")
    assert resumed._step is None, "the resumed cache is in the middle of a step: its tokens must be committed"
    for layer in range(cache.n_layers):
        for name, got, want in zip(("keys", "values"), resumed.get(layer), cache.get(layer), strict=True):
            expect(got, want, f"{name} of layer {layer}", why=f"the {name} of layer {layer} must come back bit for bit")
    used = cache.position * cache.bytes_per_token
    if len(data) > used + HEADER:
        raise Wrong(
            why or "the file holds more than the committed tokens",
            f"{cache.position} tokens of {cache.bytes_per_token} bytes are {used:,} bytes",
            f"your file has {len(data):,} bytes, and {HEADER:,} are allowed for its header",
        )
    return resumed, data


def held(cache, positions):
    """The keys and values of some positions, as they lie in memory."""
    rows = [buffer[:, :, position] for position in positions for buffer in (cache._keys, cache._values)]
    return [row.tobytes() for both in rows for layer in both for row in layer]


def leaks(data, rows):
    return sum(row in data for row in rows)


def reused(rng, long=6, short=2, config=SMALL, room=8):
    """A cache that held a long text, was cut, and holds a short one; and rows of the long one that lie there still."""
    cache = made(config, room, long, rng)
    cache.truncate(0)
    fill(cache, short, rng)
    return cache, held(cache, range(short, long))


def test_correct(answer, rng):
    with given("2 tokens in a cache with room for 8"):
        compare(answer, made(SMALL, 8, 2, rng), SMALL)
    with given("2 tokens in a cache with room for 2,000"):
        compare(answer, made(SMALL, 2000, 2, rng), SMALL, "the file grows with the room, not with the text")
    with given("2 tokens in a cache with room for 8, resumed with room for 3"):
        compare(answer, made(SMALL, 8, 2, rng), SMALL, "the saved tokens fit; empty slots need no room", room=3)
    with given("2 tokens in a cache with room for 2, resumed with room for 5"):
        compare(answer, made(SMALL, 2, 2, rng), SMALL, "the new cache may have more room than the old", room=5)
    with given("2 tokens in a cache that held 6 before, with truncate(0) in between"):
        cache, rest = reused(rng)
        _, data = compare(answer, cache, SMALL, "a slot that was used before is empty, too")
        assert not leaks(data, rest), "rows of a forgotten text are in the file"
    with given("3 tokens, the second of them all zeros, and the third, too"):
        cache = made(SMALL, 8, 1, rng)
        cache.update(0, *np.zeros((2, 1, 2, 2), np.float32))
        cache.advance(2)
        compare(answer, cache, SMALL, "a token counts because it was committed, whatever its numbers are")
    with given("2 committed tokens, and a step that has staged 3 more"):
        cache = fill(made(SMALL, 8, 2, rng), 3, rng, commit=False)
        _, data = compare(answer, cache, SMALL, "staged tokens are not committed")
        assert not leaks(data, held(cache, range(2, 5))), "staged rows are in the file, though nobody committed them"
    with given("a cache without a token"):
        compare(answer, made(SMALL, 8, 0, rng), SMALL, "no token went in, so none comes back")
    with given("a cache whose tokens were all forgotten by truncate(0)"):
        cache = made(SMALL, 8, 3, rng)
        cache.truncate(0)
        compare(answer, cache, SMALL, "no token is left, so none comes back")
    with given("a cache in float64 without a token"):
        why = "an empty cache has a dtype, too: tokens that come later are stored in it"
        resumed, _ = saved(answer, made(SMALL, 8, 0, rng, np.float64), SMALL, 8)
        expect(str(resumed.dtype), "float64", "dtype", why=why)
    replaces(answer, rng)
    with given("a full cache"):
        compare(answer, made(SMALL, 4, 4, rng), SMALL)
    with given("a cache in float64"):
        compare(answer, made(SMALL, 8, 2, rng, np.float64), SMALL)
    with given("5 saved tokens, resumed with room for 4"), tempfile.TemporaryDirectory() as folder:
        answer.save(made(SMALL, 8, 5, rng), Path(folder) / "prefix.npy")
        refuses(lambda: answer.resume(SMALL, Path(folder) / "prefix.npy", 4), "room for fewer tokens than were saved")
    for shape, room in (((3, 6, 2, 10), 40), ((2, 4, 4, 6), 90)):
        config = shape_of(*shape)
        long = int(rng.integers(20, room))
        with given(f"{shape[0]} layers, {shape[2]} key/value heads of {shape[3]}, used twice"):
            cache, rest = reused(rng, long, int(rng.integers(1, 12)), config, room)
            resumed, data = compare(answer, cache, config)
            assert not leaks(data, rest), "rows of a forgotten text are in the file"
            fill(resumed, 1, rng)
    goes_on(answer, rng)


def replaces(answer, rng):
    """Two caches, saved one after the other to the same path."""
    for first, second in ((2, 5), (5, 2), (2, 2), (2, 0)):
        case = f"{first} tokens are saved, and then {second} others to the same path"
        with given(case), tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "prefix.npy"
            answer.save(made(SMALL, 8, first, rng), path)
            cache = made(SMALL, 8, second, rng)
            answer.save(cache, path)
            resumed = answer.resume(SMALL, path, 8)
            why = "a file that is there already is replaced: resume gets what was saved last"
            expect(resumed.position, second, "position", why=why)
            for name, got, want in zip(("keys", "values"), resumed.get(0), cache.get(0), strict=True):
                expect(got, want, name, why=why)


def goes_on(answer, rng):
    """A model must say the same after the file as after the text."""
    config = shape_of(2, 4, 2, 6)
    model = Transformer.random(config, seed=3)
    tokens = rng.integers(0, config.vocab_size, 7)
    cache = KVCache.for_model(config, 16)
    model.forward(tokens[:-1], cache)
    with given("a small model that goes on after 6 tokens"):
        resumed, _ = saved(answer, cache, config, 16)
        want = model.forward(tokens[-1:], cache)
        # the same rows in the same sums: what is allowed is rounding of float32, logits being of order 1
        expect(model.forward(tokens[-1:], resumed), want, "logits", why="the file is not the text", atol=1e-5)


def probes(answer):
    def outcome(cache, room=8, rest=()):
        resumed, data = saved(answer, cache, SMALL, room)
        rows = all(map(np.array_equal, resumed.get(0), cache.get(0)))
        return [resumed.position, len(data) > 3000, leaks(data, rest) > 0, rows]

    def rng():
        return np.random.default_rng(5)

    def used_twice():
        cache, rest = reused(rng())
        return outcome(cache, 8, rest)

    yield lambda: outcome(made(SMALL, 8, 2, rng()))
    yield lambda: outcome(made(SMALL, 8, 3, rng()))
    yield lambda: outcome(made(SMALL, 2000, 2, rng()), 2000)
    yield lambda: outcome(made(SMALL, 8, 2, rng()), 3)
    yield used_twice
    yield lambda: outcome(fill(made(SMALL, 8, 2, rng()), 3, rng(), commit=False))
    yield lambda: outcome(made(SMALL, 8, 0, rng()))
