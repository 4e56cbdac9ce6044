"""The figures of the chapter on attention: they show what masks and rotations give, and nothing typed."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab.figures.rotated_once import rotated_once
from kvlab.figures.rotated_once_turns import Turn, product_of, turned
from kvlab.figures.score_matrix import score_matrix
from kvlab.measure.counters import visible_pairs
from kvlab.model.attention import visible

WORDS = ["a", "b", "<c>", "d", "e", "f"]
RUNS = {
    "no cache": [range(3), range(4), range(5), range(6)],
    "with a cache": [range(3), range(3, 4), range(4, 5), range(5, 6)],
    "in chunks": [range(2), range(2, 6)],
}
TURNS = [Turn(2, 0, "First."), Turn(9, 7, "Together."), Turn(5, 3, "Off.", query_used=0), Turn(5, 3, "Both.", 2, 0)]
QUERY, KEY = [0.8, -0.6], [0.1, 0.9]


def matrix():
    return score_matrix(WORDS, RUNS, title="Every pair once", name="score-matrix")


def dials():
    return rotated_once(QUERY, KEY, TURNS, title="Only the distance counts", name="rotated-once")


BOTH = pytest.mark.parametrize("figure", [matrix(), dials()], ids=["score_matrix", "rotated_once"])


def states(figure, tag, key):
    """The states of the moving elements of a tag that have a key, in drawing order."""
    return [
        one.states for one in figure.drawing if not isinstance(one, str) and one.tag == tag and key in one.states[0]
    ]


@BOTH
def test_it_is_well_formed_named_and_fits_a_phone(figure):
    root = Tree.fromstring(figure.html())
    sizes = [float(node.get("font-size")) for node in root.iter() if node.get("font-size")]
    assert min(sizes) >= 12 and figure.size[0] <= 340
    assert figure.size[1] > figure.size[0], "tall, so that the words stand beside it on a wide page"
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids)) > 3
    assert set(re.findall(r"url\(#([^)]+)\)", figure.html())) <= set(ids)
    assert len(figure.html().encode()) < 40_000


@BOTH
def test_every_frame_differs_from_the_one_before(figure):
    data = json.loads(re.search(r'class="kv-data"[^>]*>(.*?)</script>', figure.html(), re.DOTALL)[1])
    assert len(data["frames"]) == len(figure.captions)
    assert all(data["frames"])


def test_squares_are_the_masks():
    """Solid where a step is the first to compute a pair, hatched where it is not, and nowhere else."""
    figure = matrix()
    squares = states(figure, "rect", "fill-opacity")
    assert len(squares) == visible_pairs(len(WORDS), 0)
    pairs = [(query, key) for query in range(len(WORDS)) for key in range(query + 1)]
    frame = 0
    for steps in RUNS.values():
        before = np.zeros((len(WORDS), len(WORDS)), bool)
        for rows in steps:
            now = np.zeros_like(before)
            now[rows.start : rows.stop, : rows.stop] = visible(np.array(rows), np.arange(rows.stop))
            for square, pair in zip(squares, pairs, strict=True):
                fill, solid = str(square[frame]["fill"]), square[frame]["fill-opacity"] == 1
                assert solid == now[pair]
                assert ("hatch" in fill) == (now[pair] and before[pair])
            before |= now
            frame += 1
    assert frame == len(figure.captions)


def test_counts_are_the_counters():
    figure = matrix()
    step, again, so_far = ([state["text"] for state in one] for one in states(figure, "text", "text"))
    expected = [visible_pairs(len(rows), rows.start) for steps in RUNS.values() for rows in steps]
    assert step == [str(n) for n in expected]
    assert so_far[3] == str(sum(expected[:4])) and so_far[7] == so_far[9] == str(visible_pairs(len(WORDS), 0))
    assert again[4:] == ["0"] * 6 and again[3] == str(visible_pairs(5, 0))
    assert figure.start == 3, "the step that repeats most is shown first"
    assert f"no cache, {so_far[3]}; with a cache, {so_far[7]}" in figure.description


def test_captions_name_queries_and_keys():
    captions = matrix().captions
    assert captions[0] == "No cache, step 1: queries 0 to 2 ask keys 0 to 2. 6 entries; 6 so far."
    assert captions[7].startswith("With a cache, step 4: query 5 asks keys 0 to 5. 6 entries;")


def test_the_dials_turn_with_the_package():
    """One radian a position, anticlockwise, and the length stays."""
    vector = np.array(QUERY, np.float32)
    angle = np.arctan2(*turned(vector, 3)[::-1]) - np.arctan2(*vector[::-1])
    assert np.isclose(np.exp(1j * angle), np.exp(3j), atol=1e-5)
    assert np.isclose(np.linalg.norm(turned(vector, 3)), np.linalg.norm(vector))


def test_only_the_distance_counts_in_the_figure():
    figure = dials()
    words = [[state["text"] for state in one] for one in states(figure, "text", "text")]
    product = next(each for each in words if "Q·K" in each[0])
    expected = [product_of(np.array(QUERY, np.float32), np.array(KEY, np.float32), turn.used) for turn in TURNS]
    assert product[0] == product[1] == product[3], "equal distances give equal products, whatever the positions"
    assert [each.split(",")[0].removeprefix("Q·K = ") for each in product] == [
        f"{number:+.2f}".replace("-", "−") for number in expected
    ]


def test_a_wrong_rotation_is_said_in_words_and_marked():
    figure = dials()
    assert "with the true positions it is" in figure.captions[2]
    assert not any("true positions" in figure.captions[i] for i in (0, 1, 3))
    assert "In 1 of 4 frames" in figure.description
    said = next(each for each in states(figure, "text", "text") if each[0]["text"] == "turned by 2")
    assert [state["text"] for state in said] == [
        "turned by 2",
        "turned by 9",
        "turned by 0, not 5",
        "turned by 2, not 5",
    ]


def test_a_dial_takes_one_pair_of_dimensions():
    with pytest.raises(ValueError, match="one pair of dimensions"):
        rotated_once([1.0, 0.0, 0.0], KEY, TURNS, title="t")
    with pytest.raises(ValueError, match="at most 1"):
        rotated_once([1.0, 1.0], KEY, TURNS, title="t")
