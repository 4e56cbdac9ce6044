"""Tests of 2.3: the ring, against a list of all keys that ever came."""

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes, refuses


def rows(n, first=1, n_heads=1, head_dim=1, dtype=np.float32):
    """Keys of n tokens that name their token: token t has 100 t + 10 h + d, so that no two numbers are the same."""
    tokens, heads, dims = np.arange(first, first + n), np.arange(n_heads), np.arange(head_dim)
    return (100 * tokens[None, :, None] + 10 * heads[:, None, None] + dims).astype(dtype)  # [H_kv, n, D]


def newest(window, n_tokens):
    """The definition: put one token after the other into its slot."""
    positions = [-1] * window
    for position in range(n_tokens):
        positions[position % window] = position
    return np.array(positions)


def plain(position):
    """The position, unless it is an array, which a caller would see change."""
    assert not isinstance(position, np.ndarray), "position must be a plain int: an array changes in the caller's hand"
    return position


def check(ring, text, window, why=""):
    """Compare with the whole text `[H_kv, n, D]` so far."""
    keys, positions = ring.read()
    want = newest(window, text.shape[1])
    expect(positions, want, "positions", why=why or "each slot must say the position of its key, -1 if it is empty")
    if not isinstance(keys, np.ndarray) or keys.shape != (text.shape[0], window, text.shape[2]):
        raise Wrong(
            "keys must be an array with one row for each slot",
            f"expected {[text.shape[0], window, text.shape[2]]}, yours {list(np.shape(keys))}",
        )
    if keys.dtype != text.dtype:
        raise Wrong("keys: wrong dtype", f"expected {text.dtype}", f"yours    {keys.dtype}")
    used = want >= 0
    with given(f"keys in slots {np.flatnonzero(used).tolist()}, which are in use"):
        names = why or "the key in a slot must be the one of the position that the slot names"
        expect(keys[:, used], text[:, want[used]], "keys", why=names)
    # Attention multiplies what it must not see by 0, and 0 times a NaN that lay in memory is NaN.
    assert not keys[:, ~used].any(), "an empty slot must hold zeros: whatever lies in memory may be NaN"
    expect(
        plain(ring.position), text.shape[1], "position", why="position counts all tokens that ever came, kept or not"
    )


def walk(answer, window, chunks, n_heads=1, head_dim=1, dtype=np.float32, why=""):
    """Append chunk by chunk and read after each."""
    ring = answer.KeyRing(window, n_heads, head_dim, dtype)
    text = rows(sum(chunks), n_heads=n_heads, head_dim=head_dim, dtype=dtype)
    done = 0
    for i, chunk in enumerate(chunks):
        with given(
            f"window {window}, after chunks of {list(chunks[: i + 1])} tokens; n_heads={n_heads}, head_dim={head_dim}"
        ):
            ring.append(text[:, done : done + chunk].copy())
            done += chunk
            check(ring, text[:, :done], window, why)
    return ring


def test_correct(answer, rng):
    with given("window 2, nothing appended"):
        ring = answer.KeyRing(2, 1, 1)
        check(ring, rows(0), 2, "an empty slot has position -1")
    walk(answer, 2, [1], why="an empty slot has position -1, and the first token lies in slot 0")
    walk(answer, 2, [1, 1, 1], why="the third token takes the slot of the first: position 2 in slot 0, 1 in slot 1")
    walk(answer, 1, [1, 1, 1], why="a window of 1 holds the newest token")
    walk(
        answer, 3, [1] * 8, why="the token at position p takes slot p % window, however often the ring has gone around"
    )
    walk(answer, 3, [2], why="a chunk of n tokens takes n slots, and moves the position on by n")
    walk(answer, 3, [2, 2], why="a chunk that crosses the last slot goes on at slot 0")
    walk(answer, 3, [3], why="a chunk of just the window fills it")
    walk(answer, 3, [4], why="of a chunk longer than the window, the newest tokens stay, each in its own slot")
    walk(answer, 3, [1, 5], why="of a chunk longer than the window, the newest tokens stay, each in its own slot")
    walk(answer, 2, [3, 1, 9, 2, 1], n_heads=2, head_dim=3)
    walk(answer, 4, [3, 2, 1], n_heads=3, head_dim=2, dtype=np.float64)
    for _ in range(20):
        window, n_heads, head_dim = (int(n) for n in rng.integers(1, 6, 3))
        walk(answer, window, rng.integers(1, 9, 6).tolist(), n_heads, head_dim)
    for dtype in (np.float64, np.float16):
        other_dtype(answer, dtype)
    aliasing(answer)
    refusals(answer)


def other_dtype(answer, dtype):
    """A chunk of another dtype, after one of the ring's; the keys are numbers that every dtype can hold."""
    second = f"one of 2 in {np.dtype(dtype)}, which is to be converted"
    with given(f"a ring of float32, window 3: a chunk of 2 in float32, then {second}"):
        ring = answer.KeyRing(3, 2, 1)
        ring.append(rows(2, n_heads=2))
        ring.append(rows(2, first=3, n_heads=2, dtype=dtype))
        check(ring, rows(4, n_heads=2), 3, "a chunk of another dtype is stored in the ring's")


def aliasing(answer):
    for n in (2, 3, 1):
        ring, text = answer.KeyRing(2, 1, 1), rows(n)
        with given(f"window 2: the caller changes its array of {n} tokens after append"):
            ring.append(text)
            text[:] = 99
            check(ring, rows(n), 2, "append must copy: the caller may reuse its array")
    for which, name in enumerate(("keys", "positions")):
        with given(f"window 2: a caller writes into the {name} that read returned"):
            try:
                ring.read()[which][:] = 77
            except ValueError:
                continue  # read-only, as it may be
            check(ring, rows(1), 2, f"what a caller does to the {name} must not change the ring")
    one, two = answer.KeyRing(2, 1, 1), answer.KeyRing(2, 1, 1)
    one.append(rows(1))
    two.append(rows(2, first=5))
    with given("two rings of window 2"):
        check(one, rows(1), 2, "two rings must not share anything")


def refusals(answer):
    refuses(lambda: answer.KeyRing(0, 1, 1), "a window of 0")
    ring = answer.KeyRing(3, 2, 4)
    text = rows(2, n_heads=2, head_dim=4)
    ring.append(text)
    for shape in ((1, 1, 4), (2, 1, 1), (3, 1, 4), (2, 4), (1, 2, 1, 4), (2, 0, 4)):
        refuses(
            lambda shape=shape: ring.append(np.ones(shape, np.float32)), f"a ring of 2 heads of 4, keys {list(shape)}"
        )
        with given(f"after keys {list(shape)} were refused"):
            check(ring, text, 3, "a refused append must change nothing")


def test_efficient(answer, rng):
    window, n_heads, head_dim = 512, 2, 8
    row = n_heads * head_dim * 4
    ring = answer.KeyRing(window, n_heads, head_dim)
    for first in (1, 601):  # longer than the window: the ring has gone around
        ring.append(rows(600, first, n_heads, head_dim))
    before, _ = ring.read()
    new = rows(3, 1201, n_heads, head_dim)
    ring.append(new)
    with given(f"window {window}, {n_heads} heads of {head_dim}: a row is {row} bytes"):
        # Views and short lists of slots: some hundred bytes, and 1 KiB for each new row is generous.
        got = peak_bytes(lambda: ring.append(new))
        assert got <= 8192, (
            f"3 new rows are {3 * row} bytes, but an append of them took {got:,}: it must move no others"
        )
        shared = np.shares_memory(before, ring.read()[0])
        assert shared, "reading the keys must return a view of the ring's own memory, not a copy"
        # Positions: a few arrays of 512 numbers of 8 bytes, as intermediate results. A copy of the keys is 32,768.
        got = peak_bytes(lambda: ring.read())
        need = f"a view of the keys and an array of {window} positions, {8 * window:,} bytes, need"
        assert got <= 24_000, f"reading took {got:,} bytes, far more than {need}"
    with given("a text 40 times as long as the window, in chunks of 64"):
        chunk = rows(64, 1, n_heads, head_dim)

        def long_text():
            ring = answer.KeyRing(64, n_heads, head_dim)
            for _ in range(40):
                ring.append(chunk)
            return ring

        long_text()
        got = peak_bytes(long_text)
        # The ring takes 4,096 bytes, a chunk as much; all chunks together are 163,840.
        assert got <= 32_768, f"a ring must not keep more than its window: it took {got:,} bytes"


def probes(answer):
    def after(window, chunks):
        ring = answer.KeyRing(window, 2, 1)
        done = 0
        for chunk in chunks:
            ring.append(rows(chunk, done + 1, n_heads=2))
            done += chunk
        keys, positions = ring.read()
        return [np.where(np.asarray(positions) < 0, 0, keys[:, :, 0]), positions, ring.position]

    def keeps_everything():
        def long_text():
            ring = answer.KeyRing(8, 1, 8)
            for _ in range(64):
                ring.append(rows(8, head_dim=8))
            return ring

        long_text()
        return peak_bytes(long_text) > 12_000

    def copies():
        ring = answer.KeyRing(8, 1, 1)
        ring.append(rows(3))
        return not np.shares_memory(ring.read()[0], ring.read()[0])

    def one_head_for_two():
        answer.KeyRing(3, 2, 4).append(np.ones((1, 1, 4), np.float32))

    for window, chunks in ((3, [1]), (3, [1] * 5), (3, [2, 2]), (3, [4]), (3, [1, 5]), (4, [3, 7])):
        yield lambda case=(window, chunks): after(*case)
    yield keeps_everything
    yield copies
    yield one_head_for_two
