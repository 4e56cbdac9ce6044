"""The roofline figure: points where the numbers say, and captions that say the same."""

import math
from xml.etree import ElementTree as Tree

import pytest

from kvlab.figures.roofline_figure import Part, roofline
from kvlab.measure.intensity import Roof

ROOF = Roof(rate=160e9, bandwidth=20e9)  # ridge at 8
BATCHES = [1, 2, 4, 8, 16, 32]
LINEAR = Part("linear layers", "weights", [b / 2 for b in BATCHES], [min(160e9, 10e9 * b) * 0.5 for b in BATCHES])
ATTENTION = Part("attention", "cached", [1.5] * 6, [6e9, 6e9, 7e9, 7e9, 6e9, 6e9])


def drawn(**changes):
    return roofline(ROOF, BATCHES, [LINEAR, ATTENTION], title="Weights move", **changes)


def place(stepper, frame, index):
    """Where a part's large mark stands in a frame."""
    marks = [m for part in stepper.drawing if hasattr(part, "states") for m in [part] if "transform" in m.states[0]]
    return tuple(float(v) for v in marks[index].states[frame]["transform"][10:-1].split())


def test_it_is_sound_markup_with_one_frame_for_each_batch():
    stepper = drawn()
    Tree.fromstring(stepper.html())
    assert stepper.names == [f"B = {b}" for b in BATCHES] and len(stepper.captions) == 6


def test_the_roof_is_drawn_where_it_is_measured():
    """A part at half its roof lies log10(2) of a decade below it, in every frame."""
    stepper = drawn()
    x0, y0 = place(stepper, 0, 0)
    x1, y1 = place(stepper, 1, 0)
    decade = (y0 - y1) / math.log10(2)
    octave = x1 - x0
    assert octave > 0 and decade > 0
    gaps = [p for p in stepper.drawing if hasattr(p, "states") and "d" in p.states[0]]
    for k in range(6):
        start, top = gaps[0].states[k]["d"].split("V")
        assert float(start.split(" ")[1]) - float(top) == pytest.approx(math.log10(2) * decade, abs=0.5)
    assert place(stepper, 5, 0)[0] - x0 == pytest.approx(5 * octave, abs=0.5)
    assert place(stepper, 5, 1)[0] == place(stepper, 0, 1)[0]


def test_everything_stays_on_the_canvas():
    slow = Part("linear layers", "weights", [0.02] * 6, [1e6] * 6)
    fast = Part("attention", "cached", [900.0] * 6, [9e12] * 6)
    for parts in ([LINEAR, ATTENTION], [slow, fast]):
        stepper = roofline(ROOF, BATCHES, parts, title="x")
        for frame in range(6):
            for index in (0, 1):
                x, y = place(stepper, frame, index)
                assert 24 <= x <= 340 and 20 <= y <= 220


def test_captions_name_the_limit():
    captions = drawn().captions
    assert "linear layers: 0.5 operations a byte, limited by memory, 50% of the roof" in captions[0]
    assert "linear layers: 16.0 operations a byte, limited by arithmetic" in captions[5]
    assert all("attention: 1.5 operations a byte, limited by memory" in caption for caption in captions)


@pytest.mark.parametrize(
    "part", [Part("a", "weights", [1], [1]), Part("a", "key", [1] * 6, [1] * 6), Part("a", "cached", [0] * 6, [1] * 6)]
)
def test_parts_that_do_not_fit_are_refused(part):
    with pytest.raises(ValueError, match=r"^a"):
        roofline(ROOF, BATCHES, [part], title="x")
