"""Tests of 1.4: attention against one query at a time over the keys that exist by then; the check, case by case."""

from functools import partial
from numbers import Integral

import numpy as np

from kvgrade import Wrong, expect, given, refuses, unchanged
from kvgrade.show import show

SEES = "the query at position p sees the keys at positions 0 to p, and no later one"
SCALED = "dot products are divided by sqrt(D)"
NAN = np.nan


def decode(queries, keys, values):
    """The definition: tokens arrive one at a time, and a query meets the keys that have arrived. In float64."""
    queries, keys, values = (array.astype(np.float64) for array in (queries, keys, values))
    outputs = np.empty((*queries.shape[:2], values.shape[-1]))
    group = len(queries) // len(keys)
    for h, head in enumerate(queries):
        for p, query in enumerate(head):
            scores = keys[h // group, : p + 1] @ query / np.sqrt(len(query))
            weights = np.exp(scores - scores.max())
            outputs[h, p] = weights @ values[h // group, : p + 1] / weights.sum()
    return outputs


def looks_ahead(queries, keys, values):
    """The same with no mask, for one head a key: what the check must catch."""
    scores = queries @ keys.transpose(0, 2, 1) / np.sqrt(queries.shape[-1])
    weights = np.exp(scores)
    return weights @ values / weights.sum(axis=-1, keepdims=True)


def attention_case(answer, case, queries, keys, values, why, dtype=np.float32, *, held_to_it=True):
    queries, keys, values = (np.asarray(array, dtype) for array in (queries, keys, values))
    # Outputs are averages of values below 10. Rounding of float32 (6e-8) enters through sums of at most 16 products
    # and through exp of a score: some 1e-6. A key too many or too few changes an output by 0.01 and more.
    atol = 2e-5 if dtype == np.float32 else 1e-11
    with given(case), unchanged({"queries": queries, "keys": keys, "values": values}, "whole_text_attention"):
        want = decode(queries, keys, values).astype(dtype)  # first: the answer may change its inputs
        got = answer.whole_text_attention(queries, keys, values)
        if isinstance(got, np.ndarray) and got.shape == want.shape and np.isnan(got).any():
            nan = "NaN comes of 0 * inf, of inf - inf, or of 0 / 0"
            raise Wrong(why, f"outputs: expected {show(want)}", f"yours             {show(got)}", nan)
        expect(got, want, "outputs", why=why, atol=atol)
        if held_to_it and got.dtype != dtype:
            in_is_out = f"{np.dtype(dtype)} in, {np.dtype(dtype)} out"
            wide = "a mask of np.ones or np.full is float64, and makes float64 of what meets it"
            raise Wrong(f"{in_is_out}: {wide}" if got.dtype == np.float64 else in_is_out, f"yours is {got.dtype}")


def draw(rng, n_heads, n_kv_heads, n_tokens, head_dim):
    shapes = [(n, n_tokens, head_dim) for n in (n_heads, n_kv_heads, n_kv_heads)]
    return tuple(2 * rng.standard_normal(shape) for shape in shapes)


def test_correct(answer, rng):
    attention(answer, rng)
    check(answer, rng)
    together(answer, rng)


def column(*numbers):
    """One head of tokens with one number each, ``[1, T, 1]``."""
    return np.array(numbers, float).reshape(1, -1, 1)


def attention(answer, rng):
    values = np.array([[[4.0, 0.0], [0.0, 2.0], [9.0, 9.0]]])
    log3, ones = column(0, np.log(3)), np.ones((1, 2, 4))  # exp of log 3 is 3: the weights are 1/4 and 3/4
    weighed = "a key that is seen is weighed by its score: weights are exp(score), over their sum"
    hidden = "a hidden key takes no part in anything, not even in the largest score that is subtracted"
    large = "scores may be large: the largest that a query sees is subtracted before the exponential"
    weightless = "a hidden key has the weight 0, however low the scores of the keys that are seen"
    for case, queries, keys, shown, why in [
        ("one token", values[:, :1] * 0, values[:, :1] * 0, values[:, :1], "a token sees itself"),
        ("two tokens, scores 0, values [4 0] [0 2]", values[:, :2] * 0, values[:, :2] * 0, values[:, :2], SEES),
        ("three tokens, scores 0, values [4 0] [0 2] [9 9]", values * 0, values * 0, values, SEES),
        ("two tokens; keys score 0 and log 3, values 4 and 8", column(1, 1), log3, column(4, 8), weighed),
        ("D=4; dot products are 0 and 2 log 3", ones, log3 * ones / 2, column(4, 8) * ones, SCALED),
        ("two tokens; keys score 800 and 0, values 4 and 8", column(1, 1), column(800, 0), column(4, 8), large),
        ("the last key scores 300, the others 0", column(1, 1, 1), column(0, 0, 300), column(1, 2, 3), hidden),
        ("scores near -30,000", column(100, 100, 100), column(-300, -299, 0), column(1, 2, 3), weightless),
    ]:
        attention_case(answer, case, queries, keys, shown, why, held_to_it=False)
    attention_case(answer, "one token", values[:, :1] * 0, values[:, :1] * 0, values[:, :1], "a token sees itself")
    draws = [(1, 1, 4, 2, np.float64), (4, 2, 3, 6, np.float32), (6, 2, 7, 4, np.float32), (3, 1, 16, 8, np.float64)]
    for n_heads, n_kv_heads, n_tokens, head_dim, dtype in draws:
        case = f"H={n_heads}  H_kv={n_kv_heads}  T={n_tokens}  D={head_dim}  {np.dtype(dtype)}"
        arrays = draw(rng, n_heads, n_kv_heads, n_tokens, head_dim)
        attention_case(answer, case, *arrays, "the outputs of all heads must be those of decode", dtype)


def check_case(answer, cached, full, tolerance, want, why, case=""):
    cached, full = np.asarray(cached), np.asarray(full)
    case = case or f"{_rows(cached)} against {_rows(full)}, tolerance {tolerance}"
    with given(case), unchanged({"cached": cached, "full": full}, "first_difference"):
        got = answer.first_difference(cached, full, tolerance)
        if got is None and want is not None:  # a legal answer here, not a return that was forgotten
            raise Wrong(why, f"position: expected {want}, yours None")
        expect(got, want, "position", why=why)
        assert got is None or isinstance(got, Integral), f"a position is an int, and yours is {got!r}"


def _rows(array):
    return " ".join(str([float(x) for x in row]) for row in array)


def check(answer, rng):
    same = [[1.0, 2.0], [3.0, 4.0]]
    check_case(answer, same, same, 0.1, None, "equal logits have no first difference")
    check_case(answer, [[1.0, 2.0], [3.0, 5.0]], same, 0.1, 1, "a number that is too large is a difference")
    check_case(answer, [[1.0, 2.0], [3.0, 3.0]], same, 0.1, 1, "a number that is too small is a difference")
    check_case(
        answer, [[1.0, 9.0], [3.0, 4.0]], same, 0.1, 0, "that the last position agrees says nothing about the others"
    )
    check_case(
        answer, [[1.0, 3.0], [9.0, 9.0]], same, 0.1, 0, "asked is the first position that differs, not the worst"
    )
    check_case(answer, [[2.0, 1.0], [3.0, 4.0]], same, 0.1, 0, "differences up and down must not cancel")
    many = [[0.0] * 9 + [0.5]]
    check_case(answer, many, [[0.0] * 10], 0.1, 0, "one number of many is a difference: an average hides it",
               "ten logits of one position, of which one is off by 0.5; tolerance 0.1")  # fmt: skip
    together = "the tolerance says how far apart two numbers may be, not all numbers of a position together"
    check_case(answer, [[1.08, 2.08, 3.08]], [[1.0, 2.0, 3.0]], 0.1, None, together)
    check_case(answer, [[0.92, 2.08]], [[1.0, 2.0]], 0.1, None, together)
    check_case(answer, [[1.5, 2.0]], [[1.0, 2.0]], 0.5, None, "exactly the tolerance apart still counts as equal")
    check_case(
        answer,
        [[1_000_001.0, 2.0]],
        [[1_000_000.0, 2.0]],
        0.1,
        0,
        "the tolerance is a distance, not a share of the number",
    )
    for cached, full in (([[1.0, NAN]], [[1.0, 2.0]]), ([[1.0, 2.0]], [[NAN, 2.0]]), ([[NAN, 2.0]], [[NAN, 2.0]])):
        check_case(answer, cached, full, 0.1, 0, "NaN is neither close nor far: it must count as a difference")
    check_case(answer, [[1.0, 2.0], [NAN, 4.0], [5.0, 7.0]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], 0.1, 1,
               "NaN must count as a difference at its own position")  # fmt: skip
    for cached, full in (((1, 2), (3, 2)), ((3, 2), (1, 2)), ((3, 2), (2, 2)), ((3, 1), (3, 2))):
        with given(f"cached {list(cached)}, full {list(full)}"):
            refuses(partial(answer.first_difference, np.ones(cached), np.ones(full), 0.1), "logits of other positions")
    for _ in range(20):
        n_tokens, n_vocab = (int(n) for n in rng.integers(1, 12, 2))
        full = rng.standard_normal((n_tokens, n_vocab)).astype(rng.choice([np.float32, np.float64]))
        cached, position = full.copy(), int(rng.integers(n_tokens))
        cached[position:] += 1e-5  # rounding
        shape = f"[{n_tokens}, {n_vocab}] {full.dtype}"
        check_case(answer, cached, full, 1e-3, None, "rounding is no difference", f"{shape}, apart by rounding")
        cached[position, rng.integers(n_vocab)] -= 0.01
        check_case(answer, cached, full, 1e-3, position, "one logit that is off is a difference",
                   f"{shape}, one logit of position {position} is off by 0.01; tolerance 0.001")  # fmt: skip


def together(answer, rng):
    """Your check on your baseline, and on one that looks ahead."""
    queries, keys, values = draw(rng, 1, 1, 6, 4)
    by_decode = decode(queries, keys, values)[0]
    with given("your check on decode and on your baseline, T=6"):
        found = answer.first_difference(by_decode, answer.whole_text_attention(queries, keys, values)[0], 1e-9)
        assert found is None, f"it finds a difference at position {found}, where there is none"
    with given("your check on decode and on a baseline that looks ahead, T=6"):
        found = answer.first_difference(by_decode, looks_ahead(queries, keys, values)[0], 1e-3)
        assert found == 0, f"all positions but the last are wrong, from 0 on; your check says {found}"


def probes(answer):
    waves = np.sin(np.arange(36.0)).reshape(3, 3, 4).astype(np.float32)  # no pattern that a mask could hit by chance
    arrays = (3 * waves[:2], waves[1:2], waves[2:])
    yield lambda: _quietly(answer.whole_text_attention, *arrays)
    if not _near(answer, arrays):
        return  # a mistake of the baseline has its name, however far the check is
    full = np.ones((2, 4))
    off = full + np.array([[0.0, 0.0, 0.3, 0.0], [0.0] * 4])
    yield lambda: answer.first_difference(off, full, 0.1)
    yield lambda: answer.first_difference(off[::-1], full[::-1], 0.1)
    yield lambda: answer.first_difference(off[:1] + 5, full[:1], 0.1)
    yield lambda: answer.first_difference(np.array([[NAN, 1.0]]), np.ones((1, 2)), 0.1)
    yield lambda: answer.first_difference(full[1:], full, 0.1)


def _quietly(function, *arguments):
    """A row that sees nothing is 0 / 0: the answer is NaN, whatever is done with the warning."""
    with np.errstate(all="ignore"):
        return function(*arguments)


def _near(answer, arrays):
    """Whether the baseline is right there."""
    try:
        return bool(np.allclose(_quietly(answer.whole_text_attention, *arrays), decode(*arrays), atol=1e-4))
    except Exception:
        return False
