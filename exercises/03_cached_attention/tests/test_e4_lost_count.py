"""Tests of 3.4: steps and drops, against rotations computed here from each token's place in the text."""

import numpy as np

from kvgrade import expect, given, unchanged


def turned(x, positions):
    """The definition in float64: number i and number i + D/2 turn by position * 10000^(-2 i / D)."""
    half = x.shape[-1] // 2
    angle = np.asarray(positions)[:, None] * 10000.0 ** (-np.arange(half) / half)  # [N, D/2]
    first, second = x[..., :half].astype(np.float64), x[..., half:].astype(np.float64)
    return np.concatenate(
        [first * np.cos(angle) - second * np.sin(angle), second * np.cos(angle) + first * np.sin(angle)], axis=-1
    )


class Slow:
    """The right object: it remembers each row's position and its key before rotation."""

    def __init__(self, n_heads, head_dim):
        self.bare, self.positions, self.came = np.empty((n_heads, 0, head_dim), np.float32), [], 0

    def step(self, query, key):
        new = list(range(self.came, self.came + key.shape[1]))
        self.came += len(new)
        self.bare, self.positions = np.concatenate([self.bare, key], axis=1), self.positions + new
        return (turned(query, new) @ self.keys.transpose(0, 2, 1)).astype(np.float32)

    @property
    def keys(self):
        return turned(self.bare, self.positions)

    def drop(self, rows):
        self.bare = np.delete(self.bare, rows, axis=1)
        self.positions = np.delete(self.positions, rows).tolist()

    def reset(self):
        self.__init__(self.bare.shape[0], self.bare.shape[2])


def distances(layer, n):
    """How far each new query thinks that it is from each row: with D = 2, the angle between the two in radians.

    Two heads ask every arrow with the arrow itself and with the arrow turned by a quarter; they give cosine and sine.
    A turn is shown from -1.5 to 4.78, because the distances of the stories lie between -1 and 4.
    """
    query = np.zeros((2, n, 2), np.float32)
    query[0, :, 0] = query[1, :, 1] = 1
    cosine, sine = layer.step(query, np.repeat(query[:1], 2, axis=0))
    angle = np.arctan2(-sine, cosine)
    return np.round(np.where(angle < -1.5, angle + 2 * np.pi, angle), 4) + 0.0  # no -0


def story(answer, acts, why):
    """Acts are numbers of new tokens, lists of rows to drop, and None for a reset; the last one's distances count."""
    said = ", ".join(
        "reset" if act is None else f"drop rows {act}" if isinstance(act, list) else f"{act} new" for act in acts
    )
    with given(f"{said}: how far the last queries are from each row"):
        layer, right = answer.RotatedKeys(2, 2), Slow(2, 2)
        for act in acts:
            got, want = _act(layer, act), _act(right, act)
        expect(got, want, "distances", why=why, atol=1e-3)  # rounding is 1e-6, and a mistake a whole position


def _act(layer, act):
    if act is None:
        return layer.reset()
    return layer.drop(act) if isinstance(act, list) else distances(layer, act)


def test_correct(answer, rng):
    story(answer, [2], "within a chunk, distances are those of the tokens")
    story(answer, [2, 1], "a chunk's positions go on where the last one's ended")
    story(answer, [1, 1], "a step of one token moves the count on by one, however many heads there are")
    story(answer, [1, 3, 1], "a step moves the count on by all its new tokens")
    story(
        answer, [3, [0], 1], "a dropped token leaves a gap: the next token's position is the number of tokens before it"
    )
    story(answer, [3, [1], 1], "a dropped token moves nobody: rows on both sides of the gap keep their distance")
    story(answer, [3, [2], 1], "the newest row may be dropped, too; its position is not given out again")
    story(answer, [1, [0], 1], "when every row is gone, the tokens have still been there")
    arrow = np.array([[[1, 0]]], np.float32)
    with given("a new object, one token with the arrow [1, 0]"):
        layer, why = answer.RotatedKeys(1, 2), "a new object begins at position 0, whatever other objects have seen"
        layer.step(arrow, arrow)
        expect(layer.keys, arrow, "keys", why=why, atol=1e-6)
    for drop in ([], [0]):
        with given(f"2 new, {'drop row 0, ' if drop else ''}reset, 1 new with the arrow [1, 0]"):
            layer, why = answer.RotatedKeys(1, 2), "after reset, positions begin at 0 again"
            layer.step(arrow.repeat(2, axis=1), arrow.repeat(2, axis=1))
            layer.drop(drop)
            layer.reset()
            layer.step(arrow, arrow)
            expect(layer.keys, arrow, "keys", why=why, atol=1e-6, dtype=np.float32)
    for n_heads, dim in ((1, 2), (3, 6), (2, 16)):
        with given(f"random steps, drops and resets, H = {n_heads}, D = {dim}"):
            walk(answer, rng, n_heads, dim)


def walk(answer, rng, n_heads, dim):
    layer, other, right = answer.RotatedKeys(n_heads, dim), answer.RotatedKeys(n_heads, dim), Slow(n_heads, dim)
    for turn in range(14):
        query, key = rng.standard_normal((2, n_heads, int(rng.integers(1, 6)), dim)).astype(np.float32)
        # Cosines and sines are rounded to 6e-8, and a dot product of D terms of size 10 or less adds up D such errors.
        close = {"rtol": 1e-5, "atol": 1e-5 * dim, "dtype": np.float32}
        want = right.step(query, key)
        with unchanged({"query": query, "key": key}, "step"):
            got = layer.step(query, key)
        expect(got, want, "scores", why="a score is not that of the true distances", **close)
        expect(layer.keys, right.keys, "keys", why="stored keys are rotated once, by their own position", **close)
        rows = np.flatnonzero(rng.random(layer.keys.shape[1]) < 0.3).tolist()
        layer.drop(rows)
        right.drop(rows)
        expect(layer.keys, right.keys, "keys", why="drop takes the rows away and touches no other", **close)
        if turn == 9:
            layer.reset()
            right.reset()
            assert layer.keys.shape == (n_heads, 0, dim), f"after reset, keys must be {[n_heads, 0, dim]}"
    assert other.keys.shape == (n_heads, 0, dim), "one object's steps show in another object"


def probes(answer):
    def run(*acts):
        layer = answer.RotatedKeys(2, 2)
        got = [_act(layer, act) for act in acts]
        return np.round(got[-1], 3) + 0.0, np.round(layer.keys, 3) + 0.0  # rounding differs between machines

    yield lambda: run(1, 3, 1)
    yield lambda: run(3, [0], 1)
    yield lambda: run(3, [2], 1)
    yield lambda: run(2, None, 1)
