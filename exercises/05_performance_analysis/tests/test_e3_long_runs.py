"""Tests of 5.3: the line, against all pairs written out; the run, against its steps one by one.

The first inputs are exact in binary; the random ones round in the last digits, in whatever order an answer adds.
Up to 300 terms of one sign lose less than 300 * 1e-16 of their sum, so 1e-9 is wide.
"""

from numbers import Real
from statistics import median

from kvgrade import Wrong, expect, given, refuses


def line(lengths, seconds):
    """The definition: the median slope of all pairs, and the median of what it leaves."""
    points = list(zip(lengths, seconds, strict=True))
    slopes = [(t - s) / (n - m) for i, (m, s) in enumerate(points) for n, t in points[:i] if n != m]
    b = median(slopes)
    return median(s - b * n for n, s in points), b


def run(n_prompt, n_new, recomputed, cached=None):
    """The definition: step by step."""
    total = 0.0
    for step in range(n_new):
        a, b = recomputed if step == 0 or cached is None else cached
        total += a + b * (n_prompt + step)
    return total


def compare_line(answer, lengths, seconds, why=""):
    with given(f"lengths {short(lengths)}, seconds {short(seconds)}"):
        got, want = answer.fit_line(lengths, seconds), line(lengths, seconds)
        numbers = isinstance(got, (tuple, list)) and len(got) == 2 and all(isinstance(x, Real) for x in got)
        if not numbers:
            raise Wrong("fit_line must return two numbers, a and b", f"yours is a {type(got).__name__}: {got!r}")
        if any(not abs(x - y) <= 1e-9 * max(1, abs(y)) for x, y in zip(got, want, strict=True)):
            raise Wrong(why or "the line is another one", f"(a, b): expected {pair(want)}, yours {pair(got)}")


def compare_run(answer, n_prompt, n_new, recomputed, cached=None, why=""):
    with given(f"prompt of {n_prompt}, {n_new} new; recomputed {recomputed}, cached {cached}"):
        got = answer.run_seconds(n_prompt, n_new, recomputed, cached)
        expect(got, run(n_prompt, n_new, recomputed, cached), "seconds", why=why, rtol=1e-9)


def pair(values):
    return "(" + ", ".join(f"{value:.6g}" for value in values) + ")"


def short(values):
    return "[" + " ".join(f"{value:.4g}" for value in values) + "]"


def test_correct(answer, rng):
    compare_line(answer, [2, 4], [2.0, 3.0], "two measurements lie on the line; where it starts, at length 0, is a")
    compare_line(answer, [1, 2, 3], [3.0, 5.0, 7.0], "measurements that lie on a line give that line")
    compare_line(answer, [6, 2, 4], [4.0, 2.0, 3.0], "lengths may come in any order")
    why = "one disturbed measurement must not bend the line"
    compare_line(answer, [2, 4, 6, 8, 10], [2.0, 3.0, 4.0, 5.0, 50.0], why)
    compare_line(answer, [2, 4, 6, 8, 10], [99.0, 3.0, 4.0, 5.0, 6.0], why)
    compare_line(answer, [2, 4, 6, 8, 10], [2.0, 3.0, 99.0, 5.0, 6.0], why)
    compare_line(answer, [1, 2, 4], [1.0, 3.0, 4.0], "b is the median over all pairs, not neighbours only")
    compare_line(
        answer, [1, 2, 3, 4], [0.0, 1.0, 5.0, 6.0], "the median of an even count is the mean of the middle two"
    )
    compare_line(
        answer,
        [2, 2, 4, 4],
        [2.0, 2.25, 3.0, 7.0],
        "two measurements at one length form no pair, but each of them forms one with every other",
    )
    compare_line(answer, [1, 1, 1, 2], [1.0, 1.0, 2.0, 2.0], "what was measured twice counts twice")
    compare_line(answer, [1, 2, 3], [5.0, 4.0, 3.0], "a slope may be below zero")
    why = "lengths may come in any order: two measurements are a pair whichever of them is the longer"
    compare_line(answer, [4, 2, 3], [5.0, 2.0, 4.0], why)
    compare_line(answer, [1, 2, 3], [5.0, 5.0, 6.0], "two lengths that took equally long are a pair: its slope is 0")
    for bad in ([4], [4, 4], []):
        with given(f"lengths {bad}"):
            refuses(lambda bad=bad: answer.fit_line(bad, [1.0] * len(bad)), "fewer than two different lengths")
    for n in (2, 4):
        with given(f"3 lengths, {n} seconds"):
            refuses(lambda n=n: answer.fit_line([2, 4, 6], [1.0, 2.0, 3.0, 4.0][:n]), "a different number of seconds")

    compare_run(answer, 3, 1, (1.0, 2.0), None, "one new token takes one step, over the prompt")
    compare_run(answer, 3, 2, (0.0, 1.0), None, "each step without a cache is a pass over one token more")
    compare_run(answer, 3, 4, (1.0, 0.0), None, "n_new tokens take n_new steps: the last token is written, not read")
    compare_run(answer, 3, 1, (1.0, 2.0), (0.5, 0.25), "the prompt's pass costs the same with and without a cache")
    compare_run(answer, 3, 2, (0.0, 0.0), (1.0, 0.0), "the first token comes from the prompt: n_new - 1 cached steps")
    why = "each of the n_new - 1 cached steps costs a + b * length: a, too, is paid once a step"
    compare_run(answer, 3, 3, (0.0, 0.0), (1.0, 0.0), why)
    compare_run(answer, 3, 3, (0.0, 0.0), (0.0, 1.0), "a cached step counts its whole text: the newest token, too")
    compare_run(answer, 3, 3, (2.0, 1.0), (0.0, 0.0), "a cached line of (0, 0) is a cache that costs nothing, not none")

    for n in (1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 8):  # few measurements first: they show a mistake best
        lengths = [1, *rng.integers(2, 400, n).tolist()]
        seconds = (rng.uniform(0, 2) + rng.uniform(0, 0.1) * rng.normal(1, 0.1, n + 1) * lengths).tolist()
        seconds[int(rng.integers(0, n + 1))] *= 20
        before = list(lengths), list(seconds)
        compare_line(answer, lengths, seconds)
        assert (lengths, seconds) == before, "fit_line changes the lists that it is given"
        recomputed, cached = map(tuple, rng.uniform(0, 2, (2, 2)).round(3).tolist())
        n_prompt, n_new = (int(x) for x in rng.integers(1, 150, 2))
        compare_run(answer, n_prompt, n_new, recomputed)
        compare_run(answer, n_prompt, n_new, recomputed, cached)


def probes(answer):
    yield lambda: answer.fit_line([2, 4, 6, 8, 10], [2.0, 3.0, 4.0, 5.0, 50.0])
    yield lambda: answer.fit_line([1, 2, 4], [1.0, 3.0, 4.0])
    yield lambda: answer.fit_line([2, 2, 4, 4], [2.0, 2.25, 3.0, 7.0])
    for cached in (None, (4.0, 0.5)):
        for n_new in (1, 4):
            yield lambda cached=cached, n_new=n_new: answer.run_seconds(3, n_new, (2.0, 1.0), cached)
