"""Tests of 5.1: the number, against the definition. All times are multiples of 1/4 or powers of two, so that every sum
is exact."""

from numbers import Integral

import numpy as np

from kvgrade import Wrong, given, refuses


def oracle(recomputed, cached, setup):
    """The definition: ahead after token n, and after every later one."""
    numbers = range(1, len(cached) + 1)
    ahead = [setup + sum(cached[:n]) < sum(recomputed[:n]) for n in numbers]
    return next((n for n in numbers if all(ahead[n - 1 :])), None)


def compare(answer, recomputed, cached, setup, why=""):
    want = oracle(recomputed, cached, setup)
    with given(f"without {short(recomputed)}, with {short(cached)}, setup {setup:g}"):
        got = answer.pays_from(recomputed, cached, setup)
        if isinstance(got, bool) or got != want or (got is None) != (want is None):
            raise Wrong(why or "another token is the first from which it pays", f"expected {want}, yours {got}")
        assert got is None or isinstance(got, Integral), f"a token's number is an int, and yours is {got!r}"


def short(seconds):
    return "[" + " ".join(f"{one:g}" for one in seconds) + "]"


def test_correct(answer, rng):
    compare(answer, [2], [1], 0, "tokens are counted from 1, and without a setup the first saving pays")
    compare(answer, [2], [1], 5, "a cache that never gets ahead pays from no token: that is None")
    compare(answer, [2, 2, 2, 2], [1, 1, 1, 1], 2.5, "the setup is earned back by what all steps save together")
    compare(answer, [2, 2, 2, 2], [1, 1, 1, 1], 2, "equal totals are not ahead")
    compare(answer, [3, 3, 3], [1, 4, 1], 0, "only totals decide: one slow step does not use up the lead")
    compare(answer, [2, 2], [1, 9], 0, "the cached run was ahead and fell behind for good: it does not pay")
    compare(
        answer, [2, 2, 9], [1, 4, 1], 0, "a lead that is lost again does not count; the last time it gets ahead does"
    )
    compare(answer, [2, 2, 9], [1, 3, 1], 0, "a lead that shrinks to equal totals is lost")
    compare(answer, [5, 1, 9, 1, 9], [1, 9, 1, 9, 1], 1, "the lead may change hands more than once")
    moment = 2.0**-13  # about 1e-4 s: steps of a small model are as short as that
    compare(answer, [3 * moment], [moment], moment, "less is less, however little: steps of a small model are short")
    compare(answer, [moment] * 2, [moment, 2 * moment], 0, "equal totals are not ahead, and a little later is late")
    compare(answer, [], [], 0, "where nothing was measured, nothing pays")
    for _ in range(40):
        n = int(rng.integers(1, 9))
        recomputed, cached = (rng.integers(1, 20, (2, n)) / 4).tolist()
        compare(answer, recomputed, cached, float(rng.integers(0, 12) / 4))
    for _ in range(20):  # long enough to get ahead, slow at a random step
        recomputed, cached = np.full(12, 2.0), np.ones(12)
        cached[rng.integers(0, 12)] += rng.integers(0, 40) / 4
        compare(answer, recomputed.tolist(), cached.tolist(), float(rng.integers(0, 20) / 4))
    refuses(lambda: answer.pays_from([2, 2], [1], 0), "two runs of different lengths")
    given_lists = [2.0, 2.0], [1.0, 9.0]
    answer.pays_from(*given_lists, 0)
    assert given_lists == ([2.0, 2.0], [1.0, 9.0]), "your function changes the lists that it is given"


def probes(answer):
    yield lambda: answer.pays_from([2, 2, 2, 2], [1, 1, 1, 1], 2.5)
    yield lambda: answer.pays_from([2, 2, 2, 2], [1, 1, 1, 1], 2)
    yield lambda: answer.pays_from([3, 3, 3], [1, 4, 1], 0)
    yield lambda: answer.pays_from([2, 2], [1, 9], 0)
    yield lambda: answer.pays_from([2, 2, 9], [1, 4, 1], 0)
    yield lambda: answer.pays_from([5, 1, 9, 1, 9], [1, 9, 1, 9, 1], 1)
