"""The generation chapter's figure shows the times that it was given, to scale."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab.figures.palette import PAGE, ROLES
from kvlab.figures.svg import Moving
from kvlab.figures.two_regimes import two_regimes

LENGTHS = [16, 64, 256, 1024]
SECONDS = np.array([[0.004 * n + 0.02, 0.03, 0.05, 0.03, 0.04] for n in LENGTHS])


def figure(lengths=LENGTHS, seconds=SECONDS, **options):
    return two_regimes(lengths, seconds, title="The first token waits", **options)


def rectangles(drawn):
    """In drawing order: the prompt's block, then each later step."""
    return [part for part in drawn.drawing if isinstance(part, Moving) and part.tag == "rect"]


def test_everything_is_to_one_scale():
    prompt, *later = rectangles(figure())
    scale = 340 / SECONDS.sum(axis=1).max()
    assert len(later) == SECONDS.shape[1] - 1
    for frame, row in enumerate(SECONDS):
        assert prompt.states[frame]["width"] == pytest.approx(row[0] * scale)
        for i, tick in enumerate(later, start=1):
            assert tick.states[frame]["x"] == pytest.approx(row[:i].sum() * scale)
            assert tick.states[frame]["width"] == pytest.approx(max(0.6, row[i] * scale - 1))


def test_captions_and_cells_are_the_times():
    drawn = figure()
    assert drawn.captions[2] == (
        "A prompt of 256 tokens: the first token after 1,044 ms, the time of 29.8 later ones; then one every 35 ms. "
        "A prompt token took 4.1 ms."
    )
    assert drawn.names[-1] == "1,024 tokens"
    assert drawn.description == drawn.captions[-1]
    svg = drawn.svg(0)
    assert {"16", "84 ms", "5.2 ms", "35 ms", "first token, 84 ms"} <= set(re.findall(r">([^<>]+)</text>", svg))


def test_marks_stand_at_their_times():
    svg = figure().svg()
    total, labels = SECONDS.sum(axis=1).max(), re.findall(r"<text x=\"([\d.]+)\"[^>]*>([\d.]+) s<", svg)
    assert len(labels) >= 3
    for x, seconds in labels:
        assert float(x) == pytest.approx(float(seconds) / total * 340, abs=0.01)


def test_words_stay_on_the_canvas():
    drawn = figure()
    for part in drawn.drawing:
        for state in part.states if isinstance(part, Moving) and part.tag == "text" else []:
            x = float(state.get("x", part.fixed.get("x", 0)))
            width = 7.2 * len(str(state.get("text", part.words)))
            anchor = state.get("text-anchor", part.fixed.get("text-anchor", "start"))
            left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
            assert left >= -6
            assert left + width <= 346


def test_markup_is_sound_and_large_enough():
    drawn = figure(name="again", start=1)
    root = Tree.fromstring(drawn.html())
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", drawn.html())) == {"again-hatch"} <= set(ids)
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', drawn.html())) >= 12
    used = set(re.findall(r"var\(--kv-([a-z]+)", drawn.html()))
    assert {"new", "cached"} <= used <= {entry.name for entry in ROLES + PAGE}
    assert len(drawn.html()) < 30_000
    assert root.get("data-start") == "1"


@pytest.mark.parametrize(
    "seconds", [SECONDS[:3], SECONDS[:, :1], np.zeros((4, 3)), SECONDS[0], np.full((4, 3), np.nan)]
)
def test_times_that_do_not_fit_are_refused(seconds):
    with pytest.raises(ValueError, match="give 4 rows of two or more times above zero"):
        figure(seconds=seconds)
