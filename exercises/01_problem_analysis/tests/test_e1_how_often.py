"""Tests of 1.1: the count, against the steps written out."""

from numbers import Integral

from kvgrade import expect, given


def read_by_steps(position, n_prompt, n_generated):
    """Go through the steps and count those that read the position."""
    return sum(position < n_prompt + step for step in range(n_generated))


def compare(answer, position, n_prompt, n_generated, why=""):
    with given(f"prompt of {n_prompt}, {n_generated} generated, position {position}"):
        want = read_by_steps(position, n_prompt, n_generated)
        got = answer.times_computed(position, n_prompt, n_generated)
        kind = type(got).__name__
        assert got is None or isinstance(got, Integral), f"a count is an int, and yours is a {kind}: {got!r}"
        expect(got, want, "times_computed", why=why)


def test_correct(answer, rng):
    compare(answer, 0, 1, 1, "the one step there is reads the prompt")
    compare(answer, 1, 1, 1, "no step reads the token that the last step writes")
    compare(answer, 0, 1, 3, "without a cache every step reads the prompt again")
    compare(answer, 0, 3, 2, "no position is computed more often than there are steps, and the first one in every step")
    compare(answer, 2, 3, 2, "every token of the prompt is there from the first step on, and in no step before it")
    compare(answer, 3, 3, 2, "a token is read from the step after the one that wrote it")
    compare(answer, 4, 3, 2, "no step reads the token that the last step writes")
    for n_prompt, n_generated in ((3, 4), (1, 4), *rng.integers(1, 30, (20, 2)).tolist()):
        for position in range(n_prompt + n_generated):
            compare(answer, position, n_prompt, n_generated)


def probes(answer):
    for position in range(7):
        yield lambda position=position: answer.times_computed(position, 3, 4)
