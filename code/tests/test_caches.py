"""The contract, on every cache: what counts, what is refused, and that a refusal changes nothing."""

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kvlab import ConcatCache, KVCache, StepCache
from registry import CACHES, GROUPED, contents, same, step

L, H, D = GROUPED.n_layers, GROUPED.n_kv_heads, GROUPED.head_dim
SIZE = 6


@pytest.fixture(params=CACHES.values(), ids=list(CACHES))
def cache(request) -> StepCache:
    return request.param(GROUPED, SIZE)


def row(n: int | None = None, dtype=np.float32) -> np.ndarray:
    """Ones of the right shape: one token, or n."""
    return np.ones((H, D) if n is None else (H, n, D), dtype)


def test_the_original_course_s_use(cache):
    """Update without begin, one token without a token axis, an advancing position, get, reset."""
    for position in range(3):
        for layer_idx in range(L):
            cache.update(layer_idx, row() * position, -row() * position)
        cache.advance()
        assert cache.position == position + 1
    keys, values = cache.get(1)
    assert keys.shape == values.shape == (H, 3, D)
    assert keys[0, :, 0].tolist() == [0, 1, 2] and values[1, :, 3].tolist() == [0, -1, -2]
    keys, _ = cache.get(0, 2)
    assert keys.shape == (H, 2, D)
    cache.reset()
    assert cache.position == 0 and cache.get(0)[0].shape == (H, 0, D)
    cache.check()


def test_what_is_stored_is_what_was_given_at_every_position_and_layer(cache):
    """A zero row at position 0, or one layer's rows in all layers, would show here."""
    staged = []
    for seed, n in enumerate((2, 1, 3)):
        staged.append(step(cache, n, seed))
        cache.advance(n)
        cache.check()
    for layer_idx in range(L):
        keys, values = cache.get(layer_idx)
        assert np.array_equal(keys, np.concatenate([s[layer_idx][0] for s in staged], axis=1))
        assert np.array_equal(values, np.concatenate([s[layer_idx][1] for s in staged], axis=1))


def test_update_shows_the_new_tokens_too(cache):
    step(cache, 2)
    cache.advance(2)
    (segment,) = cache.update(0, row(3), 2 * row(3))
    assert segment.keys.shape == segment.values.shape == (H, 5, D)
    assert (segment.keys[:, 2:] == 1).all() and (segment.values[:, 2:] == 2).all()


def test_nothing_counts_until_advance(cache):
    step(cache, 2)
    cache.advance(2)
    before = contents(cache)
    step(cache, 3, seed=1)
    assert cache.position == 2 and same(contents(cache), before)
    cache.abort()
    cache.check()
    assert cache.position == 2 and same(contents(cache), before)


def test_a_layer_staged_twice_is_overwritten(cache):
    step(cache, 1)
    cache.update(1, 7 * row(1), 8 * row(1))
    cache.advance()
    assert (cache.get(1)[0] == 7).all() and (cache.get(1)[1] == 8).all()
    assert cache.position == 1


def test_part_of_a_step_can_be_committed(cache):
    """A speculative step stages several tokens and keeps those that were right."""
    staged = step(cache, 4)
    cache.advance(2)
    assert cache.position == 2
    assert np.array_equal(cache.get(2)[0], staged[2][0][:, :2])
    again = step(cache, 2, seed=5)
    cache.advance(2)
    assert np.array_equal(cache.get(2)[0][:, 2:], again[2][0])
    cache.check()


def test_advance_zero_drops_the_step(cache):
    step(cache, 2)
    cache.advance(0)
    assert cache.position == 0
    cache.check()
    with pytest.raises(ValueError, match="0 tokens are staged"):
        cache.advance()


def test_views_cannot_be_written(cache):
    """What a caller changes through a view, the next step would read."""
    (segment,) = cache.update(0, row(2), row(2))
    for view in (*segment[:2], *cache.get(0, 2)):
        with pytest.raises(ValueError, match="read-only"):
            view[0] = 0


def test_the_cache_keeps_its_own_copy(cache):
    """The caller may reuse its arrays."""
    key, value = row(1), row(1)
    for layer_idx in range(L):
        cache.update(layer_idx, key, value)
    cache.advance()
    key[:] = value[:] = 99
    assert (cache.get(0)[0] == 1).all() and (cache.get(0)[1] == 1).all()


def test_a_fork_is_independent_both_ways(cache):
    step(cache, 2)
    cache.advance(2)
    twin = cache.fork()
    before = contents(cache)
    assert same(contents(twin), before) and type(twin) is type(cache)
    step(twin, 2, seed=1)
    twin.advance(2)
    assert cache.position == 2 and same(contents(cache), before)
    theirs = contents(twin)
    cache.truncate(1)
    step(cache, 3, seed=2)
    cache.advance(3)
    assert same(contents(twin), theirs)
    cache.check()
    twin.check()


def test_a_fork_leaves_an_open_step_behind(cache):
    step(cache, 1)
    twin = cache.fork()
    assert twin.position == 0
    twin.begin(2)
    cache.advance()
    assert cache.position == 1


def test_truncate_forgets_the_tail_only(cache):
    staged = step(cache, 5)
    cache.advance(5)
    cache.truncate(2)
    assert cache.position == 2
    assert np.array_equal(cache.get(0)[1], staged[0][1][:, :2])
    step(cache, 1, seed=9)
    cache.truncate(2)  # drops the open step, keeps all that counts
    assert cache.position == 2
    cache.begin(1)
    cache.check()


REFUSED = {
    "layer too high": (lambda c: c.update(L, row(), row()), r"layer_idx is 3, but this cache has layers 0 \.\. 2"),
    "layer negative": (lambda c: c.update(-1, row(), row()), "layer_idx is -1"),
    "layer no int": (lambda c: c.update("0", row(), row()), "layer_idx is '0'"),
    "too few heads": (lambda c: c.update(0, row()[:1], row()[:1]), r"key is \[1, 10\].*takes \[2, 10\]"),
    "one head would broadcast": (lambda c: c.update(0, row(1)[:1], row(1)[:1]), r"key is \[1, 1, 10\]"),
    "one dim would broadcast": (lambda c: c.update(0, row()[:, :1], row()[:, :1]), r"key is \[2, 1\]"),
    "query heads by mistake": (
        lambda c: c.update(0, np.ones((6, 1, D), np.float32), np.ones((6, 1, D), np.float32)),
        r"key is \[6, 1, 10\].*takes \[2, 10\]",
    ),
    "batch axis": (lambda c: c.update(0, row(1)[None], row(1)[None]), r"key is \[1, 2, 1, 10\]"),
    "tokens first": (lambda c: c.update(0, np.ones((3, H, D), np.float32), np.ones((3, H, D), np.float32)), "key is"),
    "value of another length": (lambda c: c.update(0, row(2), row(1)), r"value \[2, 1, 10\].*the same for both"),
    "no tokens": (lambda c: c.update(0, row(0), row(0)), "T must be at least 1"),
    "no value": (lambda c: c.update(0, row()), "value is missing"),
    "key of float64": (lambda c: c.update(0, row(dtype="f8"), row()), r"key is float64.*stores float32.*np\.asarray"),
    "value of float16": (lambda c: c.update(0, row(), row(dtype="f2")), "value is float16"),
    "key of ints": (lambda c: c.update(0, row(dtype="i4"), row()), "key is int32"),
    "key a list": (lambda c: c.update(0, row().tolist(), row()), "key is list"),
    "negative advance": (lambda c: c.advance(-1), "advance: n is -1: it must be at least 0"),
    "advance by a float": (lambda c: c.advance(1.0), r"advance: n is 1\.0"),
    "advance too far": (lambda c: c.advance(2), r"advance\(2\), but 0 tokens are staged"),
    "begin nothing": (lambda c: c.begin(0), "begin: n is 0: it must be at least 1"),
    "begin less": (lambda c: c.begin(-3), "begin: n is -3"),
    "truncate ahead": (lambda c: c.truncate(3), r"truncate\(3\), but this cache can go back to 0 \.\. 2"),
    "truncate negative": (lambda c: c.truncate(-1), "truncate: n is -1"),
    "get too much": (lambda c: c.get(0, 3), r"get\(seq_len=3\), but layer 0 holds 2 tokens"),
    "get negative": (lambda c: c.get(0, -1), "get: seq_len is -1"),
    "get no such layer": (lambda c: c.get(7), "layer_idx is 7"),
}


@pytest.mark.parametrize(("call", "sentence"), REFUSED.values(), ids=REFUSED)
def test_a_refused_call_says_why_and_changes_nothing(cache, call, sentence):
    step(cache, 2)
    cache.advance(2)
    before, position, written = contents(cache), cache.position, cache.bytes_written
    with pytest.raises(ValueError, match=sentence):
        call(cache)
    cache.check()
    assert cache.position == position and cache.bytes_written == written and same(contents(cache), before)
    cache.begin(1)  # no step was left open


def test_a_refused_call_keeps_the_open_step(cache):
    staged = step(cache, 2)
    refusals = [
        (lambda: cache.begin(1), "a step of 2 tokens is open"),
        (lambda: cache.update(0, row(3), row(3)), "the open step is for 2 tokens, but layer 0 brings 3"),
        (lambda: cache.advance(3), r"advance\(3\), but 2 tokens are staged"),
        (lambda: cache.update(0, row(2), row(2, "f8")), "value is float64"),
    ]
    for call, sentence in refusals:
        with pytest.raises(ValueError, match=sentence):
            call()
        cache.check()
    cache.advance(2)
    assert np.array_equal(cache.get(0)[0], staged[0][0])


def test_inside_a_step_only_layers_that_staged_can_be_read_further(cache):
    step(cache, 1)
    cache.advance()
    cache.update(1, row(2), row(2))
    assert cache.get(1, 3)[0].shape == (H, 3, D) and cache.get(1)[0].shape == (H, 1, D)
    with pytest.raises(ValueError, match="layer 0 holds 1 tokens"):
        cache.get(0, 2)


def test_advance_refuses_a_step_that_some_layers_have_not_seen(cache):
    """Their rows would be whatever the memory held: the zero key that attention still gives weight to."""
    cache.update(0, row(), row())
    cache.update(2, row(), row())
    with pytest.raises(ValueError, match=r"layers \[1\] were not updated"):
        cache.advance()
    assert cache.position == 0
    cache.update(1, row(), row())
    cache.advance()
    assert cache.position == 1


def test_a_full_cache_refuses_and_keeps_everything():
    cache = KVCache(SIZE, L, H, D)
    step(cache, SIZE - 1)
    cache.advance(SIZE - 1)
    before = contents(cache)
    for refused in (lambda: cache.begin(2), lambda: cache.update(0, row(2), row(2))):
        with pytest.raises(ValueError, match=r"holds 5 of 6 tokens and 2 more do not fit.*larger max_seq_len"):
            refused()
    assert cache.position == 5 and same(contents(cache), before)
    step(cache, 1)
    cache.advance()
    with pytest.raises(ValueError, match="the cache is full: it holds 6 of 6"):
        cache.begin(1)
    cache.check()


@pytest.mark.parametrize("name", ["max_seq_len", "n_layers", "n_heads", "head_dim"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0, "3", True, None])
def test_sizes_must_be_counts(name, wrong):
    sizes = {"max_seq_len": 4, "n_layers": 1, "n_heads": 1, "head_dim": 2} | {name: wrong}
    with pytest.raises(ValueError, match=f"{name} is {wrong!r}"):
        KVCache(**sizes)
    if name != "max_seq_len":
        sizes.pop("max_seq_len")
        with pytest.raises(ValueError, match=f"{name} is {wrong!r}"):
            ConcatCache(**sizes)


@pytest.mark.parametrize("dtype", ["i4", "u1", "?"])
def test_dtype_must_be_floating(dtype):
    with pytest.raises(ValueError, match="stored as a floating type"):
        KVCache(4, 1, 1, 2, dtype=dtype)


def test_numpy_ints_count():
    assert KVCache(np.int64(4), np.int32(1), 1, 2).max_seq_len == 4


def test_memory_usage_reports_the_formula_exactly():
    """The original's table: 4 layers, 8 heads of 8, float32, is 2048 bytes a token; 100 tokens 0.1953 MiB."""
    cache = KVCache(max_seq_len=200, n_layers=4, n_heads=8, head_dim=8)
    assert cache.bytes_per_token == 2048
    step(cache, 100)
    cache.advance(100)
    usage = cache.get_memory_usage()
    assert usage == {
        "total_cache_size_mb": 200 * 2048 / 2**20, "used_cache_size_mb": 100 * 2048 / 2**20, "utilization": 0.5,
        "current_position": 100, "max_seq_len": 200,
        "total_bytes": 409_600, "used_bytes": 204_800, "bytes_per_token": 2048,
    }  # fmt: skip
    assert KVCache(10, 4, 8, 8, dtype=np.float16).bytes_per_token == 1024


def test_a_concat_cache_holds_what_it_uses():
    cache = ConcatCache(4, 8, 8)
    step(cache, 100)
    cache.advance(100)
    assert cache.nbytes() == 204_800
    cache.truncate(30)
    assert cache.nbytes() == 30 * 2048 == cache.get_memory_usage()["used_bytes"]
    assert all(pair[0].base is None for pair in cache._layers), "a view would keep the whole array alive"
    cache.reset()
    assert cache.nbytes() == 0


def test_bytes_written_one_token_at_a_time():
    """A buffer writes T rows; concatenation T (T + 1) / 2."""
    buffer, naive = KVCache(50, 1, H, D), ConcatCache(1, H, D)
    for cache in (buffer, naive):
        for seed in range(50):
            step(cache, 1, seed)
            cache.advance()
    assert buffer.bytes_written == 50 * buffer.bytes_per_token
    assert naive.bytes_written == 50 * 51 // 2 * naive.bytes_per_token


class CacheLife(RuleBasedStateMachine):
    """Any order of calls, on both caches at once, beside a list of tokens that cannot be wrong."""

    @initialize()
    def start(self):
        self.caches = {"contiguous": KVCache(SIZE, 2, 1, 2), "concat": ConcatCache(2, 1, 2)}
        self.model: list[tuple[float, float]] = []  # committed (key, value) numbers
        self.open: list[tuple[float, float]] = []
        self.serial = 0.0

    def each(self, call):
        return [call(cache) for cache in self.caches.values()]

    @precondition(lambda self: not self.open)
    @rule(n=st.integers(1, 3))
    def stage(self, n):
        if len(self.model) + n > SIZE:
            with pytest.raises(ValueError, match="is full"):
                self.caches["contiguous"].begin(n)
            return
        self.each(lambda cache: cache.begin(n))
        self.open = [(self.serial + i, -self.serial - i - 0.5) for i in range(n)]
        self.serial += n
        for layer_idx in range(2):
            key, value = (np.repeat(np.array(x, "f4")[None, :, None], 2, axis=2) for x in zip(*self.open, strict=True))
            self.each(lambda cache, i=layer_idx, k=key, v=value: cache.update(i, k + i, v + i))

    @precondition(lambda self: self.open)
    @rule(share=st.floats(0, 1))
    def advance(self, share):
        n = round(share * len(self.open))
        self.each(lambda cache: cache.advance(n))
        self.model, self.open = self.model + self.open[:n], []

    @rule()
    def abort(self):
        self.each(lambda cache: cache.abort())
        self.open = []

    @rule(share=st.floats(0, 1))
    def truncate(self, share):
        n = round(share * len(self.model))
        self.each(lambda cache: cache.truncate(n))
        self.model, self.open = self.model[:n], []

    @rule()
    def fork(self):
        """Go on with the forks; ruin the originals."""
        old = self.caches
        self.caches = {name: cache.fork() for name, cache in old.items()}
        self.open = []
        for cache in old.values():
            cache.reset()
            step(cache, SIZE, seed=7)
            cache.advance(SIZE)

    @rule()
    def reset(self):
        self.each(lambda cache: cache.reset())
        self.model, self.open = [], []

    @invariant()
    def everything_agrees(self):
        for cache in self.caches.values():
            cache.check()
            assert cache.position == len(self.model)
            for layer_idx in range(2):
                keys, values = cache.get(layer_idx)
                assert keys[0, :, 1].tolist() == [key + layer_idx for key, _ in self.model]
                assert values[0, :, 0].tolist() == [value + layer_idx for _, value in self.model]


CacheLife.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestCacheLife = CacheLife.TestCase
