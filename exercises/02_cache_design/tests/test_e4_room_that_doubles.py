"""Tests of 2.4: the layer, against keys and values that the test concatenates; copies counted by shared memory."""

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes, refuses


def rows(n, first=0, n_heads=1, head_dim=1, dtype=np.float32):
    """Keys and values of n tokens that name their token: 100 t + 10 h + d, and the same below zero."""
    tokens, heads, dims = np.arange(first + 1, first + n + 1), np.arange(n_heads), np.arange(head_dim)
    keys = (100 * tokens[None, :, None] + 10 * heads[:, None, None] + dims).astype(dtype)  # [H_kv, n, D]
    return keys, -keys


def compare(got, n, n_heads, head_dim, dtype, why):
    for name, one, want in zip(("keys", "values"), got, rows(n, 0, n_heads, head_dim, dtype), strict=True):
        expect(one, want, name, why=why, dtype=dtype)


def plain(position):
    """The position, unless it is an array, which a caller would see change."""
    assert not isinstance(position, np.ndarray), "position must be a plain int: an array changes in the caller's hand"
    return position


def walk(answer, chunks, n_heads=1, head_dim=1, room=1, dtype=np.float32, why=""):
    """Append chunk by chunk, read after each, and keep every view that was handed out."""
    shape = f"room {room}, n_heads={n_heads}, head_dim={head_dim}"
    layer = answer.GrowingLayer(n_heads, head_dim, room, dtype)
    handed_out, done = [], 0
    for i, chunk in enumerate(chunks):
        with given(f"{shape}, after chunks of {list(chunks[: i + 1])} tokens"):
            layer.append(*rows(chunk, done, n_heads, head_dim, dtype))
            done += chunk
            views = layer.read()
            compare(views, done, n_heads, head_dim, dtype, why or "all tokens must be there, in order")
            expect(plain(layer.position), done, "position")
            handed_out.append((done, views))
    for n, views in handed_out:
        with given(f"{shape}, after chunks of {list(chunks)} tokens: what was read when there were {n}"):
            compare(views, n, n_heads, head_dim, dtype, "what was read before the room grew must stay as it was")
    return layer


def test_correct(answer, rng):
    with given("nothing appended"):
        compare(answer.GrowingLayer(2, 3, 4).read(), 0, 2, 3, np.float32, "without tokens, read returns none")
    walk(answer, [1])
    walk(answer, [1, 1], why="room for 1, two tokens: the room must grow and the first token stay")
    walk(answer, [1, 1], n_heads=2, why="room for 1, two heads: each head's rows must stay with their head")
    walk(answer, [1, 5], why="a chunk may need more room than doubling once gives")
    walk(answer, [9], why="the first chunk may be longer than the room, more than twice")
    walk(answer, [2, 1, 1], room=2, why="read after growth must show the new room's rows")
    walk(answer, [1] * 9, n_heads=2, head_dim=3)
    walk(answer, [3, 1, 7], n_heads=2, head_dim=3, room=3, dtype=np.float64)
    walk(answer, [2, 3], n_heads=2, head_dim=2, room=4, dtype=np.float16)
    for _ in range(15):
        n_heads, head_dim, room = (int(n) for n in rng.integers(1, 5, 3))
        walk(answer, rng.integers(1, 12, 5).tolist(), n_heads, head_dim, room)
    for dtype in (np.float64, np.float16):
        other_dtype(answer, dtype)
    aliasing(answer)
    refusals(answer)


def other_dtype(answer, dtype):
    """A chunk of another dtype, into the room that is there and into room that must grow."""
    second = f"one of 2 in {np.dtype(dtype)}, which is to be converted"
    for room in (4, 2):
        with given(f"a layer of float32, room {room}: a chunk of 2 in float32, then {second}"):
            layer = answer.GrowingLayer(2, 3, room)
            layer.append(*rows(2, 0, 2, 3))
            layer.append(*rows(2, 2, 2, 3, dtype))
            compare(layer.read(), 4, 2, 3, np.float32, "a chunk of another dtype is stored in the layer's")


def aliasing(answer):
    for n in (2, 3, 1):
        layer, (keys, values) = answer.GrowingLayer(1, 1, 2), rows(n)
        layer.append(keys, values)
        keys[:] = values[:] = 99
        with given(f"room 2: the caller changes its arrays of {n} tokens after append"):
            compare(layer.read(), n, 1, 1, np.float32, "append must copy: the caller may reuse its arrays")
    for which, name in enumerate(("keys", "values")):
        with given("room 2, one token"):
            assert not layer.read()[which].flags.writeable, f"the {name} that read returns must be read-only"
    other = answer.GrowingLayer(1, 1, 2)
    other.append(*rows(2, 7))
    with given("two layers"):
        compare(layer.read(), 1, 1, 1, np.float32, "two layers must not share anything")


def refusals(answer):
    layer = answer.GrowingLayer(2, 3, 2)
    layer.append(*rows(2, 0, 2, 3))
    before = layer.read()
    good = np.ones((2, 1, 3), np.float32)
    for key, value in (
        (good[:1], good[:1]), (good[:, :, :1], good[:, :, :1]), (good[:, 0], good[:, 0]), (good[None], good[None]),
        (np.ones((2, 2, 3), np.float32), good), (good, np.ones((2, 2, 3), np.float32)), (good, good[:1]),
        (good[:1], good), (good, good[:, :, :1]), (good[:, :0], good[:, :0]),
    ):  # fmt: skip
        case = f"a layer of 2 heads of 3: key {list(key.shape)}, value {list(value.shape)}"
        why = (
            "a chunk holds one token at least" if not key.size else "key and value must be [2, n, 3], the same for both"
        )
        with given(why):
            refuses(lambda pair=(key, value): layer.append(*pair), case)
        with given(case):
            compare(layer.read(), 2, 2, 3, np.float32, "a refused append must change nothing")
            expect(layer.position, 2, "position", why="a refused append must change nothing")
            same = all(map(np.may_share_memory, layer.read(), before))
            assert same or not shares(layer), "a refused append must not make the room grow"


def shares(layer):
    """Whether reading returns views of one buffer at all."""
    return all(map(np.may_share_memory, layer.read(), layer.read()))


def moves(answer, n_tokens):
    """At how many stored tokens all old rows were copied: whenever the memory is another than before."""
    layer = answer.GrowingLayer(1, 4, 1)
    key, value = rows(1, 0, 1, 4)
    layer.append(key, value)
    before, found = layer.read()[0], []
    for stored in range(1, n_tokens):
        layer.append(key, value)
        keys, _ = layer.read()
        if not np.may_share_memory(before, keys):
            found.append(stored)
        before = keys
    return found


def filled(answer, n_tokens, n_heads=2, head_dim=8):
    layer = answer.GrowingLayer(n_heads, head_dim, 1)
    key, value = rows(1, 0, n_heads, head_dim)
    for _ in range(n_tokens):
        layer.append(key, value)
    return layer


def test_efficient(answer, rng):
    layer = filled(answer, 600)
    with given("600 tokens, 76,800 bytes of keys and values"):
        got = peak_bytes(lambda: layer.read())
        assert got <= 4096, f"reading must not copy keys and values: it took {got:,} bytes"
    for n_tokens in (8, 65, 1100):
        with given(f"room 1, {n_tokens} tokens one by one"):
            got = sum(moves(answer, n_tokens))
            assert got < 2 * n_tokens, f"fewer than {2 * n_tokens:,} old rows may be copied; yours copies {got:,}"
    for n_tokens in (129, 244, 257, 600):
        stored = n_tokens * 2 * 2 * 8 * 4  # keys and values of 2 heads of 8 numbers of 4 bytes
        filled(answer, 3)
        with given(f"room 1, {n_tokens} tokens one by one: {stored:,} bytes of keys and values"):
            got = peak_bytes(lambda n_tokens=n_tokens: filled(answer, n_tokens))
            # Old and new buffers take 3 times as much, zeros that are glued on half a time more; making the room
            # three times as large takes 4 times as much. Objects, views and new rows: 4 KiB are generous.
            if got > 3.75 * stored + 4096:
                raise Wrong(
                    f"the layer held {got / stored:.1f} times the stored bytes; little more than 3 times are allowed",
                    f"allowed: twice the room, and the old buffer while it is copied; yours held {got:,} bytes",
                )


def probes(answer):
    def after(room, chunks):
        layer, done = answer.GrowingLayer(2, 2, room), 0
        for chunk in chunks:
            layer.append(*rows(chunk, done, 2, 2))
            done += chunk
        return [*layer.read(), layer.position]

    def half_refused():
        layer = answer.GrowingLayer(1, 1, 4)
        layer.append(*rows(1))
        layer.append(rows(2, 1)[0], rows(1, 1)[1])

    def same_step():
        apart = np.diff(moves(answer, 1100))
        return len(apart) > 2 and bool((apart == apart[0]).all())

    for room, chunks in ((1, [1]), (1, [1, 1]), (2, [1, 1, 1]), (1, [1, 5]), (4, [3, 2]), (2, [2, 1])):
        yield lambda case=(room, chunks): after(*case)
    yield half_refused
    yield lambda: answer.GrowingLayer(2, 3, 2).append(np.ones((1, 1, 3)), np.ones((1, 1, 3)))
    yield lambda: len(moves(answer, 24)) == 23
    yield same_step
    yield lambda: shares(filled(answer, 3))
