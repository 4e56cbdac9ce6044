"""Stop strings: the same text whatever the pieces, never a part of a stop string, and nothing held back for longer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvlab.model.stopping import until_stop

texts = st.text("ab\n", max_size=14)
stops = st.lists(st.text("ab\n", min_size=1, max_size=4), max_size=3)


def before_the_first(text, stop_strings):
    """By definition: read character by character until some stop string is complete; the longest of those goes."""
    for end in range(1, len(text) + 1):
        complete = [stop for stop in stop_strings if text[:end].endswith(stop)]
        if complete:
            return text[: end - max(map(len, complete))]
    return text


def cut(text, places):
    edges = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in pairwise(edges)]


@given(texts, stops, st.lists(st.integers(0, 99), max_size=6))
def test_the_text_before_the_first_stop_however_it_is_cut(text, stop_strings, places):
    assert "".join(until_stop(cut(text, places), stop_strings)) == before_the_first(text, stop_strings)


@given(texts, stops)
def test_no_more_is_held_back_than_could_begin_a_stop_string(text, stop_strings):
    """After each character, what has been handed on is all that no continuation can take back."""
    whole = before_the_first(text, stop_strings)
    handed_on = ""
    fed = 0

    def characters():
        nonlocal fed
        for character in text:
            held = text[len(handed_on) : fed]
            assert not held or any(stop.startswith(held) for stop in stop_strings)
            fed += 1
            yield character

    for piece in until_stop(characters(), stop_strings):
        assert piece
        handed_on += piece
        assert whole.startswith(handed_on)
    assert handed_on == whole


def test_nothing_is_read_past_the_stop():
    pieces = iter(["Paris.\n", "\nQ: ", "What"])
    assert "".join(until_stop(pieces, ["\n\nQ"])) == "Paris."
    assert list(pieces) == ["What"]


def test_without_a_stop_string_pieces_pass_through():
    assert list(until_stop(["a", "", "b"], ["xyz"])) == ["a", "b"]
    assert list(until_stop(["a", "b"], [])) == ["a", "b"]


def test_a_beginning_that_is_none_after_all_is_handed_on_at_the_end():
    assert list(until_stop(["a\n"], ["\n\n"])) == ["a", "\n"]


@pytest.mark.parametrize("wrong", [[""], ["a", ""], "stop"])
def test_wrong_stop_strings_are_refused_at_the_call(wrong):
    with pytest.raises(ValueError, match="give a list of strings that are not empty"):
        until_stop([], wrong)
