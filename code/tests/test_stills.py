"""Figures and questions on paper: what is printed is what the page shows, and it needs no page."""

import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab.figures import inline, quiz, style
from kvlab.figures.calculator import calculator
from kvlab.figures.diagrams import how_often
from kvlab.figures.frames import Stepper
from kvlab.figures.palette import PAGE, ROLES, variable
from kvlab.figures.still import parse, runs, still, words
from kvlab.figures.still_svg import EDGE, alone
from kvlab.figures.still_words import question, worked
from kvlab.figures.svg import Moving, element, hatch

SVG = "{http://www.w3.org/2000/svg}"
FRAMES = 5


def stepper(**more):
    """A square that moves and changes its colour, with a number in it."""
    colours = [variable("cached"), variable("recomputed")]
    states = [{"x": 10 * i, "fill": colours[i % 2], "visibility": "visible" if i else "hidden"} for i in range(FRAMES)]
    drawing = [
        f"<defs>{hatch('square-hatch', 'recomputed')}</defs>",
        Moving("rect", {"y": 1, "width": 5, "height": 5}, states),
        Moving("circle", {"cx": 1}, [{"r": 1}, {"r": 1}, {"r": 5}, {"r": 5}, {"r": 9}]),
        Moving("text", {"x": 1}, [{"text": f"<{i} & {i}>"} for i in range(FRAMES)]),
        element("path", {"d": "M0 0", "fill": "url(#square-hatch)", "stroke": variable("new")}),
    ]
    captions = [f"Step {i + 1} moves it to {10 * i}." for i in range(FRAMES)]
    return Stepper(drawing, captions, (100, 40), "square", "It `moves`", "A square.", **more)


def drawn(panel):
    """The panel's elements, less the namespace."""
    root = Tree.fromstring(panel.svg)
    for node in root.iter():
        node.tag = node.tag.removeprefix(SVG)
    return root


def test_a_stepper_prints_the_frames_it_names():
    printed = still(stepper(stills=(1, 3)).html())
    assert (printed.name, printed.frames) == ("square", FRAMES)
    boxes = [next(node for node in drawn(panel).iter("rect") if node.get("y")) for panel in printed.panels]
    assert [box.get("x") for box in boxes] == ["10", "30"]
    assert [next(drawn(panel).iter("text")).text for panel in printed.panels] == ["<1 & 1>", "<3 & 3>"]
    assert printed.title == [("It ", False), ("moves", True)]


def test_a_stepper_that_names_no_frames_prints_the_one_that_stands_still():
    panels = still(stepper(still=2).html()).panels
    assert [next(drawn(panel).iter("text")).text for panel in panels] == ["<2 & 2>"]


@pytest.mark.parametrize("frame", range(FRAMES))
def test_every_frame_is_drawn_as_python_draws_it(frame):
    """Rebuilt from the table of changes, as the page's script does, or drawn directly: the same."""
    figure = stepper(stills=(frame,))
    rebuilt = drawn(still(figure.html()).panels[0])
    direct = parse(figure.svg(frame))
    expected = Tree.fromstring(alone(direct)[0])
    assert [(node.tag, node.text) for node in rebuilt.iter()] == [
        (node.tag.removeprefix(SVG), node.text) for node in expected.iter()
    ]
    assert [node.attrib for node in rebuilt.iter()] == [node.attrib for node in expected.iter()]


def test_a_caption_says_once_which_frame_it_is():
    panel = still(stepper(stills=(1,)).html()).panels[0]
    assert (panel.name, panel.caption) == ("Step 2", "moves it to 10.")
    named = stepper(stills=(1,), names=["a", "St", "c", "d", "e"])
    assert still(named.html()).panels[0].caption == "Step 2 moves it to 10.", "part of a word is no name"
    other = stepper(stills=(1,), names=["a", "B = 2", "c", "d", "e"])
    assert still(other.html()).panels[0].name == "B = 2"
    assert still(other.html()).panels[0].caption == "Step 2 moves it to 10."


def test_a_panel_has_its_colours_and_needs_no_page():
    panel = still(stepper(stills=(1,)).html()).panels[0]
    assert not re.search(r"var\(|data-|aria-|role=|class=|style=|<title|<desc|xmlns:", panel.svg)
    for entry in (*ROLES, *PAGE):
        assert entry.dark == entry.light or entry.dark not in panel.svg, "paper is light"
    assert {"#7c1c02", "#63206e"} <= set(re.findall(r"#[0-9a-f]{6}", panel.svg))


def test_a_panel_has_room_for_what_reaches_over_its_edge():
    panel = still(stepper(stills=(1,)).html()).panels[0]
    root = drawn(panel)
    assert panel.size == (100 + 2 * EDGE, 40 + 2 * EDGE)
    assert root.get("viewBox") == f"{-EDGE:g} {-EDGE:g} {panel.size[0]:g} {panel.size[1]:g}"
    assert (root.get("width"), root.get("height")) == (f"{panel.size[0]:g}", f"{panel.size[1]:g}")


def test_a_colour_without_a_value_of_its_own_is_refused():
    with pytest.raises(ValueError, match="no value of its own"):
        alone(parse('<svg viewBox="0 0 1 1"><path fill="var(--kv-cached)"/></svg>'))


def test_the_picture_that_is_read_stays_as_it_is():
    root = parse(stepper().svg(1))
    before = Tree.tostring(root)
    alone(root)
    assert Tree.tostring(root) == before


def test_a_real_figure_tells_its_story():
    counts = np.tril(np.ones((4, 5), dtype=int), 1).cumsum(axis=0)
    figure = how_often(list("abcde"), counts, np.minimum(counts, 1), title="Again and again")
    printed = still(figure.html())
    assert len(printed.panels) == 2 and printed.frames == 4
    total = f"{counts[-1].sum()}"
    assert total in [node.text for node in drawn(printed.panels[-1]).iter("text")]


def test_a_chart_is_one_panel():
    figure, axes = style.chart(x="tokens", y="ms")
    axes.plot([1, 2], [3, 4], **style.line("cached"))
    printed = still(inline.show(figure, title="It `rises`", description="From 3 to 4.").html)
    assert (printed.frames, len(printed.panels)) == (1, 1)
    assert printed.panels[0].name == printed.panels[0].caption == ""
    assert "tokens" in words(drawn(printed.panels[0]))
    assert "#017a96" in printed.panels[0].svg


def test_a_choice_is_read_back():
    asked = quiz.choice("Is `a` < b?", [("Yes", True, "It `is`."), ("No", False, "Look & see.")], name="less")
    read = question(asked.html)
    assert (read.name, read.unit) == ("less", None)
    assert read.asked == [("Is ", False), ("a", True), (" < b?", False)]
    assert [option.right for option in read.options] == [True, False]
    assert read.options[0].why == [("It ", False), ("is", True), (".", False)]
    assert read.options[1].why == [("Look & see.", False)]


@pytest.mark.parametrize("unit", ["", "GiB"])
def test_a_number_is_read_back(unit):
    read = question(quiz.number("How many?", 1234, name="many", unit=unit, feedback="Count.").html)
    assert read.unit == unit
    assert [words for words, _ in read.options[0].text] == [f"1,234 {unit}".strip()]
    assert read.options[0].right and read.options[0].why == [("Count.", False)]


def test_the_calculator_is_read_back():
    made = calculator()
    read = worked(made.html)
    assert ("Model", "llama-3.1-8b") in read.given and ("Sequences", "8") in read.given
    for label, value in read.found:
        assert f"{label.lower()}: {value}" in made.words


def test_what_is_no_part_of_a_page_is_refused():
    with pytest.raises(ValueError, match="kv-title"):
        still("<div><svg viewBox='0 0 1 1'/></div>")


def test_words_are_read_in_order():
    assert runs(parse("<p>a<code>b</code>c<b>d</b></p>")) == [
        ("a", False), ("b", True), ("c", False), ("d", False),
    ]  # fmt: skip
