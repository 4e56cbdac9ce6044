"""One query: the numbers drawn are attention's, and each frame shows what its caption says."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab import Segment
from kvlab.figures.frames import Stepper
from kvlab.figures.one_query import one_query, scores_and_weights
from kvlab.model.attention import attend

TOKENS = ["Once", "upon", "a", "time", "there", "was"]


def arrays(seed: int = 861, tokens: int = 6, width: int = 4) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(size=(3, tokens, width)), 1)


def storyboard(tokens: list[str] | None = None, name: str = "one-query") -> Stepper:
    tokens = tokens or TOKENS
    return one_query(tokens, *arrays(tokens=len(tokens)), title="Only keys and values", name=name)


def texts(figure: Stepper, frame: int) -> list[str]:
    """The words that a reader sees in a frame."""
    root = Tree.fromstring(figure.svg(frame))
    shown = [node for node in root.iter() if node.tag.endswith("}text") and node.get("visibility") != "hidden"]
    return [node.text or "" for node in shown]


def numbers(words: list[str], digits: int) -> list[float]:
    pattern = rf"−?\d+\.\d{{{digits}}}"
    return [float(word.replace("−", "-")) for word in words if re.fullmatch(pattern, word)]


def test_weights_are_those_of_the_package():
    q, k, v = arrays().astype(np.float32)
    _, weights = scores_and_weights(q.astype(float), k.astype(float))
    packaged = attend(q[None], [Segment(k[None], v[None])], np.arange(6))[0]
    np.testing.assert_allclose(weights @ v, packaged, atol=1e-6)  # float32, sums of six products
    assert (weights[np.triu_indices(6, 1)] == 0).all()


def test_first_frame_has_query_keys_and_values_only():
    q, k, v = arrays()
    said = texts(storyboard(), 0)
    both = np.stack([k, v], axis=1).ravel()  # row by row, keys then values
    assert numbers(said, 1) == [*q[-1].tolist(), *both.tolist()]
    assert not numbers(said, 2)
    assert not any("next" in texts(storyboard(), frame) for frame in range(5))


def test_each_frame_adds_its_numbers():
    q, k, v = arrays()
    scores, weights = scores_and_weights(q, k)
    figure = storyboard()
    assert sorted(numbers(texts(figure, 1), 2)) == sorted(scores[-1].round(2).tolist())
    both = [*scores[-1], *weights[-1], *weights[-1]]  # the weights stand beside the scores and in the row below
    assert sorted(numbers(texts(figure, 2), 2)) == sorted(np.round(both, 2).tolist())
    assert numbers(texts(figure, 3), 1)[-4:] == pytest.approx((weights[-1] @ v).round(1).tolist())
    all_rows = [*scores[-1], *weights[-1], *weights[np.tril_indices(6)]]
    assert sorted(numbers(texts(figure, 4), 2)) == sorted(np.round(all_rows, 2).tolist())


def test_the_last_frame_keeps_keys_and_values_and_has_no_query():
    _, k, v = arrays()
    said = texts(storyboard(), -1)
    assert numbers(said, 1) == np.stack([k, v], axis=1).ravel().tolist()
    assert "Q" not in said
    assert "next" in said
    root = Tree.fromstring(storyboard().svg(-1))
    edges = [n for n in root.iter() if "--kv-new" in (n.get("stroke") or "") and n.get("visibility") == "visible"]
    assert len(edges) == len(TOKENS) + 1  # a weight for every key there is, and for its own


def test_captions_name_the_best_key():
    figure = storyboard()
    q, k, _ = arrays()
    best = int(scores_and_weights(q, k)[0][-1].argmax())
    assert f"“{TOKENS[best]}”" in figure.captions[1]
    assert "21 weights of 36" in figure.captions[4]
    assert len(figure.captions) == len(figure.names) == 6


def test_it_is_sound_and_can_be_read_on_a_phone():
    figure = storyboard(["<b>", "&amp;", '"q"', "it's"], name="hard")
    root = Tree.fromstring(figure.html())
    assert figure.size[0] <= 340
    sizes = [float(node.get("font-size")) for node in root.iter() if node.get("font-size")]
    assert min(sizes) >= 12
    data = next(node for node in root.iter() if node.get("class") == "kv-data").text
    assert len(json.loads(data)["frames"]) == 6
    free = [node for node in root.iter() if node.tag.endswith("text") and "--kv-free" in (node.get("fill") or "")]
    assert not free
    assert len(storyboard().html().encode()) < 60_000
    assert storyboard().html() == storyboard().html()


@pytest.mark.parametrize(("tokens", "width"), [(7, 4), (6, 5)])
def test_what_does_not_fit_is_refused(tokens, width):
    with pytest.raises(ValueError, match="at most 6 tokens"):
        one_query(["x"] * tokens, *arrays(tokens=tokens, width=width), title="t")


def test_arrays_of_different_shapes_are_refused():
    q, k, v = arrays()
    with pytest.raises(ValueError, match="in all three"):
        one_query(TOKENS, q, k[:, :3], v, title="t")
