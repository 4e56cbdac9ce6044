"""Tests of 2.5: the cache, against lists of rows that the test keeps, and under a real forward pass."""

import contextlib

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes, refuses
from kvlab import ModelConfig, Segment, Transformer


def rows(n, first, layer_idx=0, n_heads=2, head_dim=3, dtype=np.float32):
    """Keys and values of n tokens that name their place: no two numbers are the same."""
    count = np.arange(n * n_heads * head_dim).reshape(n, n_heads, head_dim)
    keys = (1 + count + 100 * first + 1000 * layer_idx).astype(dtype)
    return keys, -keys


def plain(position):
    """The position, unless it is an array, which a caller would see change."""
    assert not isinstance(position, np.ndarray), "position must be a plain int: an array changes in the caller's hand"
    return position


@contextlib.contextmanager
def calling(what):
    """Say which call it was that raised."""
    try:
        yield
    except Exception as error:
        error.add_note(f"the call: {what}")
        raise


class Text:
    """A cache beside what it should hold, as plain concatenated copies."""

    def __init__(self, answer, slots=6, n_layers=2, n_heads=2, head_dim=3, dtype=np.float32):
        self.cache = answer.KVCache(slots, n_layers, n_heads, head_dim, dtype)
        self.shape, self.dtype = (n_heads, head_dim), np.dtype(dtype)
        empty = np.zeros((0, n_heads, head_dim), dtype)
        self.committed = [(empty, empty)] * n_layers
        self.staged = {}
        self.fed = 0

    @property
    def n_layers(self):
        return len(self.committed)

    def compare(self, got, want, what, why):
        if not isinstance(got, tuple | list) or len(got) != 2:
            raise Wrong(f"{what} must return keys and values", f"yours returned a {type(got).__name__}")
        for name, one, right in zip(("keys", "values"), got, want, strict=True):
            if isinstance(one, np.ndarray) and one.ndim == 3 and len(one) != len(right) and one.shape[1:] == self.shape:
                raise Wrong(why, f"{what}, {name}: expected {len(right)} tokens, yours {len(one)}")
            expect(one, right, f"{what}: {name}", why=why, dtype=self.dtype)

    def update(self, layer_idx, n, why="update must show the committed tokens and the new ones behind them"):
        self.fed += 1
        new = rows(n, self.fed, layer_idx, *self.shape, self.dtype)
        with calling(f"update({layer_idx}, ...) with {n} token{'s' * (n > 1)}"):
            got = self.cache.update(layer_idx, *(array.copy() for array in new))
        self.staged[layer_idx] = new
        want = [np.concatenate(pair) for pair in zip(self.committed[layer_idx], new, strict=True)]
        self.compare(got, want, f"update({layer_idx})", why)

    def update_all(self, n):
        for layer_idx in range(self.n_layers):
            self.update(layer_idx, n)

    def advance(self, n):
        with calling(f"advance({n})"):
            self.cache.advance(n)
        for layer_idx, new in self.staged.items():
            kept = zip(self.committed[layer_idx], new, strict=True)
            self.committed[layer_idx] = tuple(np.concatenate([old, array[:n]]) for old, array in kept)
        self.staged = {}

    def abort(self):
        with calling("abort()"):
            self.cache.abort()
        self.staged = {}

    def check(self, why):
        expect(plain(self.cache.position), len(self.committed[0][0]), "position", why=why)
        for layer_idx, want in enumerate(self.committed):
            self.compare(self.cache.get(layer_idx), want, f"get({layer_idx})", why)


def test_correct(answer, rng):
    storing(answer)
    transaction(answer)
    refusals(answer)
    handed_out(answer)
    random_walks(answer, rng)
    under_a_model(answer, rng)


def storing(answer):
    with given("a new cache"):
        Text(answer).check("a new cache holds no tokens")
    for shape in ((1, 1, 1), (1, 2, 3), (2, 1, 2), (3, 2, 3)):
        text = Text(answer, 4, *shape)
        named = "n_layers={}, n_heads={}, head_dim={}".format(*shape)
        with given(f"4 slots, {named}: one token, then two more, then one"):
            for n in (1, 2, 1):
                text.update_all(n)
                text.advance(n)
                text.check("what was committed must come back, in order, in every layer")
    with given("a cache of float64; two tokens in each of 2 layers"):
        text = Text(answer, dtype=np.float64)
        text.update_all(2)
        text.advance(2)
        text.check("the cache must store what it is given, in its dtype")


def transaction(answer):
    text = Text(answer)
    with given("two layers; both have staged one token, and nothing is committed yet"):
        text.update_all(1)
        text.check("staged tokens must not count before advance")
    with given("two layers; both have staged one token, then advance()"):
        with calling("advance()"):
            text.cache.advance()  # n is 1 if left out
        text.staged, text.committed = {}, [text.staged[layer_idx] for layer_idx in range(2)]
        text.check("advance() without a number commits one token")
    with given("two layers, one token committed; layer 1 stages two more"):
        text.update(1, 2)
        text.check("staged tokens must not count before advance")
    with given("the same, then abort"):
        text.abort()
        text.check("an aborted step must leave no trace")
    with given("after an aborted step of two tokens, a step of one"):
        text.update(0, 1)
        refuses(lambda: text.cache.advance(1), "advance when layer 1 has been updated in the aborted step only")
        text.update(1, 1)
        text.advance(1)
        text.check("the step after an aborted one must count from the same position")
    with given("two tokens committed; three staged, then advance(1)"):
        text.update_all(3)
        text.advance(1)
        text.check("advance(1) commits the first staged token and drops the others")
    with given("two tokens committed; three staged, advance(1), then a step of one"):
        text.update_all(1)
        text.advance(1)
        text.check("the next step must write over tokens that advance has dropped")
    counted_layers(answer)
    with given("a layer is updated twice in a step"):
        text.update(1, 2)
        text.update(0, 2)
        text.update(1, 2)
        text.advance(2)
        text.check("updating a layer twice in a step replaces what it staged")
    with given("abort without an open step"):
        text.abort()
        text.check("abort without a step must do nothing")


def counted_layers(answer):
    """A step is whole when each layer was updated, however often some were."""
    for n_layers, updated in ((2, (0, 0)), (2, (1, 1)), (3, (2, 0, 2, 0))):
        text = Text(answer, n_layers=n_layers)
        missing = min(set(range(n_layers)) - set(updated))
        with given(
            f"{n_layers} layers; a step in which layers {', '.join(map(str, updated))} are updated, in this order"
        ):
            for layer_idx in updated:
                text.update(layer_idx, 1)
            refused(text, lambda text=text: text.cache.advance(1), f"advance(1) without an update of layer {missing}")
            text.update(missing, 1)
            text.advance(1)
            text.check("when all layers are updated, advance must commit the step")


class Brief(str):
    """A text that messages show without quotation marks."""

    __repr__ = str.__str__


def briefly(got):
    """What a call returned that should have been refused, without the numbers."""
    pair = isinstance(got, tuple) and all(isinstance(array, np.ndarray) for array in got)
    return Brief(f"arrays of shapes {[list(array.shape) for array in got]}") if pair else got


def refused(text, call, what):
    """Refused, and neither what is committed nor what is staged has changed."""
    refuses(lambda: briefly(call()), what)
    with given(what):
        text.check("a refused call must change nothing")


def refusals(answer):
    text = Text(answer, slots=4)
    with given("two layers, no step open"):
        refused(text, lambda: text.cache.advance(1), "advance(1) with nothing staged")
    text.update_all(1)
    text.advance(1)
    update, good = text.cache.update, rows(1, 9)[0]
    for layer_idx in (2, -1):
        refused(text, lambda i=layer_idx: update(i, good, good), f"update({layer_idx}, ...) of a cache with 2 layers")
        with given("there are layers 0 and 1 only: NumPy would count -1 from the end, and raise an IndexError for 2"):
            refused(text, lambda i=layer_idx: text.cache.get(i), f"get({layer_idx}) of a cache with 2 layers")
    for shape in ((1, 1, 3), (1, 2, 1), (2, 3), (1, 1, 2, 3), (0, 2, 3), (1, 3, 2)):
        array = np.ones(shape, np.float32)
        refused(text, lambda a=array: update(0, a, a), f"2 heads of 3: key and value {list(shape)}")
        refused(text, lambda a=array: update(0, good, a), f"2 heads of 3: key [1, 2, 3], value {list(shape)}")
        refused(text, lambda a=array: update(0, a, good), f"2 heads of 3: key {list(shape)}, value [1, 2, 3]")
    two = np.ones((2, 2, 3), np.float32)
    refused(text, lambda: update(0, two, good), "a key of two tokens and a value of one")
    for dtype in (np.float64, np.float16, np.int32):
        other = good.astype(dtype)
        refused(text, lambda a=other: update(0, a, good), f"a key of {other.dtype} for a cache of float32")
        refused(text, lambda a=other: update(0, good, a), f"a value of {other.dtype} for a cache of float32")
    with given("a call was refused while no step was open; now a step of two tokens"):
        text.update(0, 2)  # no refused call has opened a step
    with given("two layers; layer 0 has staged two tokens"):
        refused(text, lambda: text.cache.advance(2), "advance when layer 1 has not been updated")
        refused(text, lambda: update(1, good, good), "layer 1 brings one token into a step of two")
        refused(text, lambda: update(0, good, good), "layer 0 brings one token into its own step of two")
        refused(text, lambda: update(0, two, two.astype(np.float64)), "layer 0 again, with a value of float64")
        refused(text, lambda: update(0, two, two[:1]), "layer 0 again, with a value of one token")
        text.update(1, 2)
    with given("two layers have staged two tokens"):
        refused(text, lambda: text.cache.advance(3), "advance(3) with two tokens staged")
        refused(text, lambda: text.cache.advance(0), "advance(0)")
        refused(text, lambda: text.cache.advance(-1), "advance(-1)")
    with given("two layers have staged two tokens; calls were refused; now advance(2)"):
        text.advance(2)
        text.check("after refused calls, what was staged before them must still be committed by advance")
    with given("3 of 4 slots taken"):
        refused(text, lambda: update(0, two, two), "two tokens more, with one slot left")
    with given("one of 4 slots left; two tokens were refused; now a step of one"):
        text.update_all(1)
        text.advance(1)
        text.check("the last slot must be usable")
    with given("4 of 4 slots taken"):
        refused(text, lambda: update(0, good, good), "one token more, with all slots taken")
        refused(text, lambda: update(1, two, two), "two tokens more, with all slots taken")
        refused(text, lambda: text.cache.advance(1), "advance after a refused update")


def handed_out(answer):
    text = Text(answer)
    text.update_all(2)
    text.advance(2)
    with given("two tokens committed, one staged"):
        for what, pair in (("get", text.cache.get(0)), ("update", text.cache.update(0, *rows(1, 5)))):
            for name, array in zip(("keys", "values"), pair, strict=True):
                assert not array.flags.writeable, f"the {name} that {what} hands out must be read-only"
        text.abort()
    for n in (1, 6):
        text = Text(answer)
        key, value = rows(n, 7)
        for layer_idx in range(2):
            text.cache.update(layer_idx, key, value)
        key[:] = value[:] = 99
        text.staged = {0: rows(n, 7), 1: rows(n, 7)}
        text.advance(n)
        with given(f"6 slots: a caller changes its arrays of {n} tokens after update"):
            text.check("update must copy: the caller may reuse its arrays")
    with given("two caches: one has staged a token in layer 0 when the other is made"):
        text = Text(answer)
        text.update(0, 1)
        other = Text(answer)
        other.update(1, 2)
        refuses(lambda: other.cache.advance(1), "advance of a cache of which one layer of two is updated")
        text.update(1, 1)
        text.advance(1)
        other.update(0, 2)
        other.advance(2)
        text.check("two caches must not share anything")
        other.check("two caches must not share anything")


def random_walks(answer, rng):
    for _ in range(8):
        n_layers, n_heads, head_dim, slots = (int(n) for n in rng.integers((1, 1, 1, 3), (4, 4, 4, 9)))
        text, done = Text(answer, slots, n_layers, n_heads, head_dim), []
        with given(f"{slots} slots, n_layers={n_layers}, n_heads={n_heads}, head_dim={head_dim}; random steps"):
            for _ in range(6):
                free = slots - len(text.committed[0][0])
                n = int(rng.integers(1, 5))
                if n > free:
                    new = rows(n, 50, 0, n_heads, head_dim)
                    refused(text, lambda t=text, a=new: t.cache.update(0, *a), f"{n} tokens for {free} free slots")
                    continue
                done.append(n)
                for layer_idx in rng.permutation(n_layers).tolist():
                    text.update(layer_idx, n)
                if rng.random() < 0.3:
                    text.abort()
                else:
                    text.advance(int(rng.integers(1, n + 1)))
                text.check(f"after steps of {done} tokens, the committed ones must be there")


class HeadsFirst:
    """What a kvlab model asks of a cache, over the learner's: heads and tokens swapped."""

    rotate_on_read = observes = False
    dtype = np.dtype(np.float32)

    def __init__(self, cache, n_layers, fail_at=None):
        self.cache, self.n_layers, self.fail_at = cache, n_layers, fail_at

    @property
    def position(self):
        return self.cache.position

    def begin(self, n):
        return np.arange(self.position, self.position + n)

    def update(self, layer_idx, key, value):
        if layer_idx == self.fail_at:
            raise RuntimeError("a layer fails")
        keys, values = self.cache.update(layer_idx, key.transpose(1, 0, 2), value.transpose(1, 0, 2))
        return (Segment(keys.transpose(1, 0, 2), values.transpose(1, 0, 2)),)

    def advance(self, n=1):
        self.cache.advance(n)

    def abort(self):
        self.cache.abort()


def under_a_model(answer, rng):
    """Chunks of any size, and a layer that fails: the logits of a pass without a cache."""
    config = ModelConfig(n_layers=3, embed_dim=8, n_heads=4, n_kv_heads=2, head_dim=4, mlp_dim=8, vocab_size=20)
    model = Transformer.random(config)
    tokens = rng.integers(0, 20, 7).tolist()
    want = model.forward(tokens)
    cache = HeadsFirst(answer.KVCache(7, 3, 2, 4), 3)
    done = 0
    for n in (3, 1, 2, 1):
        with given(f"a model of 3 layers; {done} tokens committed, then a step of {n}, which first fails in layer 1"):
            cache.fail_at = 1
            try:
                model.forward(tokens[done : done + n], cache)
            except RuntimeError:
                cache.fail_at = None
            expect(cache.position, done, "position", why="a step that fails must not count")
            got = model.forward(tokens[done : done + n], cache)
            done += n
            # float32 sums of at most 8 products, in another order: some 1e-6 of values near 1.
            why = "with the cache, a model must give the logits that it gives without"
            expect(got, want[done - n : done], "logits", why=why, atol=1e-4)


def test_efficient(answer, rng):
    slots, shape = 600, (2, 4, 8)
    room = 2 * slots * 2 * 4 * 8 * 4  # keys and values of 2 layers, 4 heads of 8 numbers of 4 bytes
    answer.KVCache(slots, *shape)
    with given(f"{slots} slots, 2 layers, 4 heads of 8: {room:,} bytes of keys and values"):
        got = peak_bytes(lambda: answer.KVCache(slots, *shape))
        assert got >= room, f"room for all slots must be taken when the cache is made; yours takes {got:,} bytes"
        assert got <= room + 8192, f"the room must be taken once; making the cache took {got:,} bytes"
        cache = answer.KVCache(slots, *shape)
        many, one = (tuple(rows(n, 1, 0, 4, 8)) for n in (500, 1))
        step(cache, many, 500)
        step(cache, one, 1)
        before = cache.get(0)
    with given("501 of 600 tokens committed, one more arrives: 256 bytes a layer"):
        # Views and small objects; a copy of one layer's keys is 64,128 bytes.
        got = peak_bytes(lambda: step(cache, one, 1))
        assert got <= 8192, f"a step must write the new rows only: it took {got:,} bytes for a step of one token"
        got = peak_bytes(lambda: cache.get(1))
        assert got <= 4096, f"get must not copy keys and values: it took {got:,} bytes"
        for name, old, new in zip(("keys", "values"), before, cache.update(0, *one), strict=True):
            shared = np.may_share_memory(old, new)
            assert shared, f"{name}: update must return a view of the memory that get shows"
            if not new.flags.c_contiguous:
                steps = zip(("token", "head", "number"), (4 * 8 * 4, 8 * 4, 4), new.strides, strict=True)
                raise Wrong(
                    f"the {name} of a layer must be one run of memory, token after token",
                    *(f"bytes from one {of} to the next: expected {e}, yours {y}" for of, e, y in steps if e != y),
                )


def step(cache, pair, n):
    for layer_idx in range(2):
        cache.update(layer_idx, *pair)
    cache.advance(n)


def probes(answer):
    def made(*n_committed, slots=4):
        cache = answer.KVCache(slots, 2, 2, 1)
        for i, n in enumerate(n_committed):
            for layer_idx in range(2):
                cache.update(layer_idx, *rows(n, i, layer_idx, 2, 1))
            cache.advance(n)
        return cache

    def state(cache):
        return [int(cache.position), *cache.get(0), *cache.get(1)]

    def staged(n):
        cache = made(1)
        shown = cache.update(0, *rows(n, 5, 0, 2, 1))
        return [*shown, *state(cache)]

    def aborted():
        cache = made(1)
        cache.update(0, *rows(2, 5, 0, 2, 1))
        cache.update(1, *rows(2, 5, 1, 2, 1))
        cache.abort()
        return state(cache)

    def forgotten_layer():
        cache = made()
        cache.update(0, *rows(1, 5, 0, 2, 1))
        cache.advance(1)
        return state(cache)

    def forgotten_after_abort():
        cache = made()
        cache.update(1, *rows(1, 5, 0, 2, 1))
        cache.abort()
        cache.update(0, *rows(1, 5, 0, 2, 1))
        cache.advance(1)
        return state(cache)

    def overfull(n):
        cache = made(4)
        return [len(array) for array in cache.update(0, *rows(n, 5, 0, 2, 1))]

    def one_head():
        return made(1).update(0, np.ones((1, 1, 1), np.float32), np.ones((1, 1, 1), np.float32))

    def half_refused():
        cache = made()
        cache.update(0, *rows(1, 5, 0, 2, 1))
        cache.update(1, *rows(1, 5, 1, 2, 1))
        try:
            cache.update(0, rows(1, 8, 0, 2, 1)[0], np.ones((1, 1, 1)))
        except ValueError:
            cache.advance(1)
        return state(cache)

    def other_length():
        cache = made()
        cache.update(0, *rows(2, 5, 0, 2, 1))
        cache.update(1, *rows(1, 5, 1, 2, 1))

    def partly():
        cache = made()
        for layer_idx in range(2):
            cache.update(layer_idx, *rows(3, 5, layer_idx, 2, 1))
        cache.advance(1)
        return state(cache)

    def remembered():
        cache = made(1)
        taken = cache.position
        step(cache, rows(1, 5, 0, 2, 1), 1)
        return int(taken)

    def rounded():
        return made().update(0, *rows(1, 5, 0, 2, 1, np.float64))

    def writeable():
        cache = made(1)
        return [array.flags.writeable for array in (*cache.get(0), *cache.update(0, *rows(1, 5, 0, 2, 1)))]

    def memory():
        cache = answer.KVCache(4, 3, 2, 2)
        for layer_idx in range(3):
            cache.update(layer_idx, *rows(2, 1, layer_idx, 2, 2))
        cache.advance(2)
        keys, _ = cache.get(0)
        apart, between_heads, _ = keys.strides
        heads_outside = between_heads > apart
        return [np.may_share_memory(keys, cache.get(0)[0]), heads_outside, apart // (2 * 2 * 4)]

    def twice_for_two():
        cache = made()
        for _ in range(2):
            cache.update(0, *rows(1, 5, 0, 2, 1))
        cache.advance(1)
        return state(cache)

    yield lambda: state(made(1, 2))
    for n in (1, 2):
        yield lambda n=n: staged(n)
        yield lambda n=n: overfull(n)
    yield from (aborted, forgotten_layer, forgotten_after_abort, one_head, half_refused, other_length)
    yield from (partly, remembered, rounded, writeable, memory, twice_for_two)
