"""Tests of 4.2: the filter, against the definition written out token by token."""

import math

import numpy as np

from kvgrade import Wrong, expect, given, refuses, unchanged
from kvgrade.show import show

GONE = -np.inf


def kept_by_definition(row, p):
    """Which tokens of one row stay: take the likeliest until their probabilities reach p."""
    largest = max(row)
    weights = [math.exp(float(x) - float(largest)) for x in row]
    whole = sum(weights)
    kept, total = [], 0.0
    for token in sorted(range(len(row)), key=lambda token: (-row[token], token)):
        kept.append(token)
        total += weights[token] / whole
        if p < 1 and total >= p:
            break
    return sorted(kept), total


def compare(answer, logits, p, why="", says=""):
    logits = np.asarray(logits)
    case = says or f"p = {p}, logits {np.array2string(logits, precision=2, separator=' ', max_line_width=1000)}"
    with given(" ".join(case.split())):
        with unchanged({"logits": logits}, "the call"):
            got = answer.top_p_filter(logits, p)
        want = np.full_like(logits, GONE)
        for i, row in enumerate(logits):
            kept = kept_by_definition(row.tolist(), p)[0]
            want[i, kept] = row[kept]
        if isinstance(got, np.ndarray) and got.shape == want.shape and got.size and np.isnan(got).any():
            raise Wrong("the result holds NaN, which comes of 0 * inf, of inf - inf, or of a number that overflowed")
        if isinstance(got, np.ndarray) and got.shape == want.shape:
            if ((got != GONE) & (got != logits)).any():
                raise Wrong("kept logits stay as they were, the others become minus infinity", f"yours {show(got)}")
            for i, (mine, right) in enumerate(zip(got, want, strict=True)):
                expect(
                    [int(t) for t in np.flatnonzero(mine != GONE)],
                    [int(t) for t in np.flatnonzero(right != GONE)],
                    f"tokens kept in row {i}" if len(logits) > 1 else "tokens kept",
                    why=why,
                )
        expect(got, want, "logits", why="kept logits stay as they were", dtype=logits.dtype)
        assert not np.shares_memory(got, logits), "return a new array, not the one that was given"


def far_from_ties(rng, logits):
    """A p at which rounding cannot matter: no row's sum comes within a thousandth of it."""
    for _ in range(100):
        p = float(rng.uniform(0.05, 0.98))
        sums = [np.cumsum(np.sort(np.exp(row - row.max()))[::-1]) for row in logits.astype(np.float64)]
        if all(np.abs(s / s[-1] - p).min() > 1e-3 for s in sums):
            return p
    raise AssertionError("no such p was found")


def by_shares(answer, shares, p, why):
    """The same for one row, said by its probabilities."""
    compare(answer, np.log([shares]), p, why, f"p = {p}, one row, probabilities {' '.join(map(str, shares))}")


def test_correct(answer, rng):
    by_shares(
        answer,
        [0.5, 0.375, 0.125],
        0.25,
        "where the likeliest token alone reaches p, it is kept, and nothing behind it",
    )
    by_shares(answer, [0.5, 0.375, 0.125], 0.75, "the token that brings the sum to p is kept")
    by_shares(answer, [0.125, 0.375, 0.5], 0.75, "the logits come in the order of the ids, not sorted")
    places = "what is kept goes back to its own place: place i of the sorted row is token order[i]"
    by_shares(answer, [0.25, 0.125, 0.625], 0.75, places)  # an order that is not its own inverse
    by_shares(answer, [0.125, 0.25, 0.5, 0.125], 0.7, "the sum runs from the likeliest token down")
    compare(answer, [[0.0, 0.0, 0.0, 0.0]], 0.5, "of equal tokens the first ids are kept, until the sum is p")
    compare(answer, [[1.0, 3.0, 1.0, 1.0]], 0.8, "of equal tokens only as many are kept as p needs")
    rows = [[0.97, 0.02, 0.01], [0.25, 0.3, 0.45], [0.1, 0.8, 0.1]]
    says = "p = 0.7, three rows of probabilities 0.97 0.02 0.01, 0.25 0.3 0.45, 0.1 0.8 0.1"
    compare(answer, np.log(rows), 0.7, "each row has probabilities and an end of its own", says)
    compare(answer, [[2.0, GONE, 1.0, GONE]], 0.9, "a token that was removed before stays removed")
    compare(answer, [[0.0, 1000.0, 999.0]], 0.9, "large logits must not overflow: subtract the row's largest first")
    compare(answer, [[0.0, 60.0, 1.0]], 1.0, "p = 1 keeps every token: a sum can round to 1 before its end")
    # The sums are 1e-10 away from p: float64 errs by some 1e-16 here, float32 by 1e-8.
    short = "a sum just short of p has not reached it: no allowance is made, and float64 needs none"
    by_shares(answer, [0.5, 0.375, 0.125], 0.5 + 1e-10, short)
    by_shares(answer, [0.5, 0.375, 0.125], 0.5 - 1e-10, "a sum just above p has reached it: nothing behind it is kept")
    compare(answer, np.float32([[3.0, 1.0, 2.0]]), 1e-20, "at least one token is kept, however small p")
    compare(answer, [[5.0]], 0.5, "a vocabulary of one token keeps it")
    below = "only p = 1 keeps every token: a p just below 1 is a p like any other"
    by_shares(answer, [0.9, 0.095, 0.005], 0.992, below)
    by_shares(answer, [0.9999, 0.00006, 0.00004], 0.99992, below)
    by_shares(answer, [0.9999998, 0.00000015, 0.00000005], 0.9999999, below)
    single_precision(answer)
    equal = "equal tokens are kept in the order of their ids: the sort must be stable"
    compare(answer, np.zeros((2, 64)), 0.75, equal, "p = 0.75, two rows of 64 equal logits")
    compare(answer, np.tile([0.0, 1.0, 0.0], (1, 10)), 0.7, equal, "p = 0.7, a row of 30 logits, 0 1 0 0 1 0 and so on")
    with given("p = 1, two rows"):
        logits = rng.normal(size=(2, 5))
        got = answer.top_p_filter(logits, 1.0)
        assert not np.shares_memory(got, logits), "return a new array for p = 1 too, not the one that was given"
    for dtype in (np.float32, np.float64):
        for _ in range(15):
            b, v = (int(n) for n in rng.integers((1, 2), (5, 40)))
            logits = rng.normal(0, 2, (b, v)).astype(dtype).round(1)  # rounded: some are equal
            both = "each row keeps its likeliest tokens, equal ones in the order of their ids"
            compare(
                answer, logits, far_from_ties(rng, logits), both, f"{b} rows of {v} random {np.dtype(dtype)} logits"
            )
    for p in (0.0, -0.5, 1.5, math.nan):
        refuses(lambda p=p: answer.top_p_filter(np.zeros((1, 3)), p), f"p = {p}")


def single_precision(answer):
    """Weights of 4e-8 behind a weight of 1: a float32 sum stays 1, whatever is added. p lies amid the 20th of them."""
    logits = np.array([[0.0] + [-17.0] * 40], np.float32)
    weight = math.exp(-17)
    p = (1 + 19.5 * weight) / (1 + 40 * weight)
    says = f"p = {p:.8f}, a row of float32 logits: 0, then 40 times -17"
    compare(answer, logits, p, "probabilities are computed and added up in float64: float32 loses small ones", says)


def probes(answer):
    cases = [
        (np.log([[0.125, 0.5, 0.375]]), 0.25),
        (np.log([[0.125, 0.5, 0.375]]), 0.75),
        (np.log([[0.25, 0.125, 0.625]]), 0.75),
        ([[0.0, 0.0, 0.0, 0.0]], 0.5),
        ([[1.0, 3.0, 1.0, 1.0]], 0.8),
        (np.log([[0.97, 0.02, 0.01], [0.25, 0.3, 0.45]]), 0.7),
        (np.log([[0.5, 0.375, 0.125]]), 0.5 + 1e-10),
        ([[0.0, 60.0, 1.0]], 1.0),
        (np.float32([[3.0, 1.0, 2.0]]), 1e-20),
        ([[2.0, GONE, 1.0]], 0.9),
    ]
    for logits, p in cases:
        yield lambda logits=logits, p=p: answer.top_p_filter(np.asarray(logits), p) > GONE
