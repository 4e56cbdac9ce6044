"""What may be drawn, with which probability, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kvlab import greedy, sampler
from kvlab.model.sampling import candidates

LOGITS = np.log(np.array([0.1, 0.4, 0.2, 0.3], np.float32))
rows = arrays(np.float32, st.integers(1, 40), elements=st.floats(-50, 50, width=32))


def test_greedy_takes_the_likeliest_and_of_equals_the_first():
    assert greedy(LOGITS) == 1
    assert greedy(np.array([1.0, 3.0, 3.0], np.float32)) == 1


@pytest.mark.parametrize(
    ("options", "tokens", "probabilities"),
    [
        ({}, [1, 3, 2, 0], [0.4, 0.3, 0.2, 0.1]),
        ({"top_k": 2}, [1, 3], [4 / 7, 3 / 7]),
        ({"top_k": 99}, [1, 3, 2, 0], [0.4, 0.3, 0.2, 0.1]),
        ({"top_p": 0.39}, [1], [1.0]),
        ({"top_p": 0.41}, [1, 3], [4 / 7, 3 / 7]),
        ({"top_p": 0.75}, [1, 3, 2], [4 / 9, 3 / 9, 2 / 9]),
        ({"top_p": 1.0}, [1, 3, 2, 0], [0.4, 0.3, 0.2, 0.1]),
        ({"top_p": 1e-9}, [1], [1.0]),
        ({"top_k": 2, "top_p": 0.56}, [1], [1.0]),  # 4/7 of what top_k left reaches 0.56
        ({"temperature": 0.5}, [1, 3, 2, 0], np.array([16, 9, 4, 1]) / 30),
    ],
)
def test_candidates(options, tokens, probabilities):
    kept, shares = candidates(LOGITS, **options)
    assert kept.tolist() == tokens
    assert np.allclose(shares, probabilities, atol=1e-6)


def test_top_p_of_one_keeps_even_tokens_that_the_sum_rounds_away():
    kept, _ = candidates(np.array([0.0, -50.0, -60.0]), top_p=1.0)  # e**-50 is lost beside 1
    assert kept.tolist() == [0, 1, 2]


def test_top_p_stops_as_soon_as_it_is_reached():
    kept, _ = candidates(np.log(np.array([0.25, 0.5, 0.25])), top_p=0.5)
    assert kept.tolist() == [1]


@given(rows, st.floats(0.01, 5), st.one_of(st.none(), st.integers(1, 50)), st.one_of(st.none(), st.floats(1e-6, 1)))
def test_at_least_one_candidate_and_probabilities_add_up(logits, temperature, top_k, top_p):
    kept, shares = candidates(logits, temperature=temperature, top_k=top_k, top_p=top_p)
    assert 1 <= len(kept) == len(shares) <= (top_k or len(logits))
    assert abs(shares.sum() - 1) < 1e-9 and len(set(kept.tolist())) == len(kept)
    assert logits[kept[0]] == logits.max()
    left_out = np.delete(logits, kept)
    assert left_out.size == 0 or left_out.max() <= logits[kept].min()


def test_draws_follow_the_probabilities():
    draw = sampler(generator=np.random.default_rng(0))
    counts = np.bincount([draw(LOGITS) for _ in range(4000)], minlength=4) / 4000
    assert np.abs(counts - [0.1, 0.4, 0.2, 0.3]).max() < 0.03  # four standard errors


def test_temperature_zero_is_greedy():
    assert sampler(temperature=0, generator=np.random.default_rng(0)) is greedy


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"temperature": -1}, "temperature is -1"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"temperature": float("inf")}, "temperature is inf"),
        ({"top_k": 0}, "top_k is 0"),
        ({"top_p": 0}, "top_p is 0"),
        ({"top_p": 1.01}, "top_p is 1.01"),
    ],
)
def test_options_out_of_range_are_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        sampler(**options, generator=np.random.default_rng(0))


@pytest.mark.parametrize("choose", [greedy, sampler(generator=np.random.default_rng(0))])
@pytest.mark.parametrize(
    ("logits", "sentence"),
    [
        (np.array([1.0, np.nan], np.float32), "hold NaN"),
        (np.zeros((2, 3), np.float32), r"logits are \[2, 3\]"),
        (np.zeros(0, np.float32), r"logits are \[0\]"),
    ],
)
def test_logits_that_name_no_token_are_refused(choose, logits, sentence):
    with pytest.raises(ValueError, match=sentence):
        choose(logits)
