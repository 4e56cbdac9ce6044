"""What tests of exercises say: every kind of difference is told, and nothing equal is called different."""

import tracemalloc

import numpy as np
import pytest

from kvgrade import Wrong, expect, given, peak_bytes, refuses, same_bits, unchanged
from kvgrade.show import show

RIGHT = [
    (3, 3), (3.0, 3), (np.int64(3), 3), (True, True), (np.bool_(True), True), ("a", "a"), (None, None), ([1], [1]),
    ((1, 2), [1, 2]), (np.arange(3), np.arange(3, dtype=np.int32)), ({"a": 1}, {"a": 1}), (np.float64(2), np.array(2.)),
    ([np.ones(2), 1.5], [np.ones(2), 1.5]), (float("inf"), float("inf")),
]  # fmt: skip
WRONG = [
    (None, 3, "is None"), (3, 4, "expected 4, yours 3"), (True, 1, "expected 1, yours True"), (1, True, "yours 1"),
    ("a", "b", "yours"), ([1, 2], [2, 1], "yours [1, 2]"), ([1.5], [1.5, 2.5], "must be a list of 2"),
    ({"a": 1}, {"b": 1}, "certain keys"), ([0], np.zeros(1), "must be an array"), (np.zeros(2), np.zeros(3), "shape"),
    (np.zeros(2), np.zeros(2, bool), "dtype"), (np.zeros(2, int), np.zeros(2), "dtype"),
    (np.zeros(2), np.ones(2), "[1., 1.]"),
    (np.zeros(99), np.ones(99), "99 of 99 numbers differ"), (np.full(2, np.nan), np.ones(2), "nan"),
    ({"a": np.zeros(2)}, {"a": np.ones(2)}, "['a']"), (3, 3.5, "yours 3"), ("3", 3, "yours '3'"),
]  # fmt: skip


def text(caught):
    return "\n".join([caught.value.headline, *caught.value.lines])


@pytest.mark.parametrize(("got", "want"), RIGHT)
def test_equal_values_pass(got, want):
    expect(got, want)


@pytest.mark.parametrize(("got", "want", "told"), WRONG)
def test_a_difference_is_told(got, want, told):
    with pytest.raises(Wrong) as caught:
        expect(got, want)
    assert told in text(caught)


def test_the_property_is_the_headline():
    with pytest.raises(Wrong) as caught, given("window 2"):
        expect(np.array([True, False]), np.array([True, True]), "visible", why="a token sees itself")
    assert caught.value.headline == "a token sees itself"
    assert caught.value.lines == ["window 2", "expected [1, 1]", "yours    [1, 0]"]


def test_tolerance_holds_for_arrays_and_numbers():
    expect(np.array([1.0, 2.001]), np.array([1.0, 2.0]), atol=0.01)
    expect(2.001, 2.0, rtol=0.01)
    expect(2.5, 2.0, atol=0.5)  # the bound itself is allowed
    for got, want in ((np.array([2.1]), np.array([2.0])), (2.1, 2.0)):
        with pytest.raises(Wrong):
            expect(got, want, atol=0.01)


def test_a_dtype_can_be_demanded():
    expect(np.zeros(2, np.float32), np.zeros(2), dtype=np.float32)
    with pytest.raises(Wrong, match="dtype"):
        expect(np.zeros(2), np.zeros(2), dtype=np.float32)


def test_a_case_goes_above_whatever_goes_wrong():
    with pytest.raises(KeyError) as other, given("a case"):
        raise KeyError("k")
    assert other.value.__notes__ == ["a case"]


def raising(error):
    def call():
        raise error

    return call


def test_refusing_is_one_error_with_a_sentence():
    refuses(raising(ValueError("too long")), "a long text")
    for call in (raising(ValueError()), raising(KeyError("x")), lambda: 3):
        with pytest.raises(Wrong, match="a long text"):
            refuses(call, "a long text")
    with pytest.raises(NotImplementedError):  # to do is not wrong
        refuses(raising(NotImplementedError()), "a long text")


def test_inputs_must_come_out_as_they_went_in():
    array = np.arange(4.0)
    with unchanged({"array": array}, "the call"):
        array.sum()
    with pytest.raises(Wrong, match="the call changed array"), unchanged({"array": array}, "the call"):
        array[2] = -1


def test_bits_tell_zeros_and_dtypes_apart():
    assert same_bits(np.array([np.nan]), np.array([np.nan]))
    assert not same_bits(np.array([0.0]), np.array([-0.0]))
    assert not same_bits(np.zeros(1), np.zeros(1, np.int64))  # the same bytes
    assert not same_bits(np.zeros((1, 2)), np.zeros((2, 1)))


def test_peak_counts_what_is_held_at_a_time():
    def twice(n):
        return [np.zeros(n).sum() for _ in range(2)]

    assert 8_000_000 <= peak_bytes(lambda: twice(1_000_000)) < 9_000_000
    assert 16_000_000 <= peak_bytes(lambda: np.zeros(1_000_000) + np.ones(1_000_000)) < 32_000_000


def test_peak_counts_nothing_from_before():
    """Whoever runs Python with ``-X tracemalloc`` gets the same points."""
    tracemalloc.start()
    held = np.ones(2_000_000)
    np.ones(4_000_000)  # gone again, but it was the peak
    assert 8_000 <= peak_bytes(lambda: np.ones(1_000)) < 100_000
    assert held.all() and not tracemalloc.is_tracing()


@pytest.mark.parametrize("value", [np.zeros((50, 50)), list(range(1000)), "x" * 1000, np.arange(12), 1 / 3])
def test_shown_values_are_short(value):
    assert len(show(value)) <= 130 and "\n" not in show(value)


def test_equal_digits_are_not_all_that_is_shown():
    with pytest.raises(Wrong) as caught:
        expect(np.float32([0.1, 0.2]), np.array([0.1, 0.2]))
    assert "largest difference is 3e-09; expected float64, yours float32" in text(caught)
