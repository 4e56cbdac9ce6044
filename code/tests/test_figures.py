"""Figures: sound markup, colours that can be read, and frames that show what they were given."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Tree

import numpy as np
import pytest

from kvlab.figures import cover, page, palette, quiz
from kvlab.figures.diagrams import how_often, where_work_goes
from kvlab.figures.frames import Stepper
from kvlab.figures.svg import Moving, element

ASSETS = Path(__file__).resolve().parents[2] / "book" / "assets"
NASTY = ["<b>", "&amp;", '"quoted"', "it's", "\n", " ", "</script>", "<!--", "\u2028", "é" * 40]


def two_runs(prompt, steps):
    """Counters of a run without a cache and one with: after each step, per position."""
    without = np.zeros((steps, prompt + steps), dtype=int)
    cached = np.zeros_like(without)
    for step in range(steps):
        without[step:, : prompt + step] += 1
        cached[step, : prompt + step] = 1
    return without, cached


def storyboard(tokens=None, name="how-often"):
    tokens = tokens or [f"word{i}" for i in range(25)]
    without, cached = two_runs(len(tokens) - 20, 20)
    return how_often(tokens, without, cached, title="Twenty times, or once", name=name)


def shares(name="where-work-goes"):
    lengths = [2**k for k in range(4, 18)]
    t = np.array(lengths, float)
    parts = {"projections": 5e6 * t, "MLP": 2e7 * t, "scores": 4e3 * t * t}
    crossings = {5000: "From T = 5,000 on, scores lead."}
    return where_work_goes(lengths, parts, title="Scores win late", crossings=crossings, name=name)


def parsed(figure):
    return Tree.fromstring(figure.html() if isinstance(figure, Stepper) else figure.html)


def ids(root):
    return [node.get("id") for node in root.iter() if node.get("id")]


def classed(root, name):
    return next(node for node in root.iter() if name in (node.get("class") or "").split())


def moving_shapes(root):
    return [node for node in root.iter() if node.get("data-k") is not None]


def decode(data, frame):
    """What the script shows at a frame: the last state set for each element, up to that frame."""
    at = {}
    for changes in data["frames"][: frame + 1]:
        at.update(zip(changes[::2], changes[1::2], strict=True))
    return [data["states"][at[element]] for element in range(len(at))]


# ---- colours ---------------------------------------------------------------------------------------


def test_contrast_is_the_published_formula():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("role", [role for role in palette.ROLES + palette.PAGE[:2] if role.name != "free"])
@pytest.mark.parametrize("ground", ["#ffffff", "#f3f4f5"])
def test_light_colours_can_be_read(role, ground):
    assert palette.contrast(role.light, ground) >= 4.5


@pytest.mark.parametrize("role", [role for role in palette.ROLES + palette.PAGE[:2] if role.name != "free"])
@pytest.mark.parametrize("ground", ["#121212", "#14181e", "#222832", "#29313d"])
def test_dark_colours_can_be_read(role, ground):
    assert palette.contrast(role.dark, ground) >= 4.5


def test_free_is_seen_but_never_read():
    free = palette.colour("free")
    assert palette.contrast(free.light, "#ffffff") >= 3
    assert palette.contrast(free.dark, "#121212") >= 3
    for figure in (storyboard(), shares()):
        words = [node for node in parsed(figure).iter() if node.tag.endswith("text")]
        assert words
        assert not [node for node in words if "--kv-free" in (node.get("fill") or "")]


def test_every_light_colour_has_one_meaning():
    lights = [entry.light for entry in palette.ROLES + palette.PAGE]
    assert len(set(lights)) == len(lights)  # charts are painted by their light colours


def test_unknown_colour_is_refused():
    with pytest.raises(ValueError, match="no colour means 'vlaue'"):
        palette.colour("vlaue")


def test_written_assets_are_current():
    assert (ASSETS / "figures.css").read_text(encoding="utf-8") == page.style_sheet()
    assert (ASSETS / "figures.js").read_text(encoding="utf-8") == page.script()
    assert (ASSETS / "cover.svg").read_text(encoding="utf-8") == cover.cover()


def test_style_uses_only_variables_that_exist():
    known = {f"--kv-{entry.name}" for entry in palette.ROLES + palette.PAGE} | {"--kv-styled"}
    css = page.style_sheet()
    used = set(re.findall(r"var\((--kv-[a-z]+)", css + storyboard().html() + shares().html()))
    assert len(used) > 5
    assert used <= known


# ---- markup ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [storyboard(), shares()], ids=["how_often", "where_work_goes"])
def test_stepper_is_well_formed_and_named(figure):
    root = parsed(figure)
    image = next(node for node in root.iter() if node.get("role") == "img")
    title, description = list(image)[:2]
    assert title.text == figure.title
    assert description.text == figure.description
    assert image.get("aria-labelledby") == title.get("id")
    slider = classed(root, "kv-slider")
    labels = [node for node in root.iter("label") if node.get("for") == slider.get("id")]
    assert len(labels) == 1
    assert slider.get("aria-valuetext") == figure.captions[figure.still]
    assert [node.text for node in root.iter("button")] == ["Copy link", "Previous", "Play", "Next"]
    for part in (classed(root, "kv-controls"), classed(root, "kv-link")):
        assert part.get("hidden")  # scripts take this away
    assert classed(root, "kv-said").get("role") == "status"


def test_ids_are_unique_on_a_page():
    figures = [storyboard(), storyboard(name="again"), shares(), choice(), quiz.number("?", 3, name="three")]
    together = [name for figure in figures for name in ids(parsed(figure))]
    assert len(together) > 10
    assert len(set(together)) == len(together)


def test_every_reference_has_its_target():
    for figure in (storyboard(), shares()):
        html = figure.html()
        wanted = set(re.findall(r"url\(#([^)]+)\)", html))
        wanted |= set(re.findall(r'(?:aria-labelledby|aria-describedby|for)="([^"]+)"', html))
        assert wanted
        assert wanted <= set(ids(parsed(figure)))


@pytest.mark.parametrize("name", ["How often", "1st", "a=b", "", 'x"y'])
def test_names_that_cannot_be_linked_are_refused(name):
    with pytest.raises(ValueError, match="no name for a figure"):
        storyboard(name=name)


def test_tokens_are_escaped():
    tokens = NASTY + [f"t{i}" for i in range(15)]
    figure = storyboard(tokens)
    root = parsed(figure)
    words = [node.text for node in root.iter() if node.tag.endswith("}text")]
    assert "<b>" in words
    assert "&amp;" in words
    assert "↵" in words
    assert "␣" in words
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", figure.html(), re.DOTALL)
    assert len(scripts) == 2  # its states, and the code for a live notebook
    assert not any("<" in script or "\u2028" in script for script in scripts)


def test_attributes_are_escaped():
    written = element("rect", {"class": '<"&'}) + element("text", {}, "ok")
    assert Tree.fromstring(f"<g>{written}</g>")[0].get("class") == '<"&'


def test_output_is_the_same_every_time():
    assert storyboard().html() == storyboard().html()
    assert shares().html() == shares().html()


def test_text_is_large_enough_for_a_phone():
    for figure in (storyboard(), shares()):
        assert figure.size[0] <= 340
        sizes = [float(node.get("font-size")) for node in parsed(figure).iter() if node.get("font-size")]
        assert sizes
        assert min(sizes) >= 12


def test_size_stays_within_its_budget():
    assert 5_000 < len(storyboard().html().encode()) < 40_000


# ---- frames ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("figure", [storyboard(), shares()], ids=["how_often", "where_work_goes"])
def test_frames_decode_to_the_given_states(figure):
    root = parsed(figure)
    data = json.loads(classed(root, "kv-data").text)
    assert len(data["frames"]) == len(figure.captions)
    assert len(moving_shapes(root)) == len(figure.moving)
    for frame in range(len(figure.captions)):
        given = [{key: page_value(value) for key, value in one.states[frame].items()} for one in figure.moving]
        assert decode(data, frame) == given


def page_value(value):
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def test_without_scripts_the_finding_stands_still():
    """The script opens elsewhere; what is drawn, said and counted before it runs is one frame."""
    figure = shares()
    root = parsed(figure)
    assert root.get("data-start") == "0"
    still = int(root.get("data-still"))
    assert still == len(figure.captions) - 1
    states = decode(json.loads(classed(root, "kv-data").text), still)
    for node, state in zip(moving_shapes(root), states, strict=True):
        assert {key: node.text if key == "text" else node.get(key) for key in state} == state
    assert "".join(classed(root, "kv-caption").itertext()) == figure.captions[-1]
    assert classed(root, "kv-count").text == figure.names[-1]
    assert classed(root, "kv-slider").get("value") == str(len(figure.captions))
    words = [item.text for item in root.findall(".//details/ol/li")]
    assert words == list(figure.captions)


def test_stills_for_paper_are_written_when_given():
    assert parsed(shares()).get("data-stills") == "0 13"
    assert parsed(Stepper([], ["a", "b"], (340, 10), "short", "t", "d")).get("data-stills") is None


def test_numbers_drawn_are_the_counters():
    without, cached = two_runs(5, 20)
    figure = storyboard()
    data = json.loads(classed(parsed(figure), "kv-data").text)
    for step in (0, 7, 19):
        words = [state["text"] for state in decode(data, step) if set(state) == {"x", "text"}]
        expected = [str(n) if n else "" for n in without[step]]
        assert words[:24] == expected[:24]
        totals = [state["text"] for state in decode(data, step) if set(state) == {"text"}]
        assert totals == [str(without[step].sum()), str(cached[step].sum())]


def test_captions_say_what_was_computed():
    captions = storyboard().captions
    assert captions[0].startswith("Step 1 reads the prompt and picks “word5”.")
    assert "it computes 24 rows, 23 of them again; with a cache, 1 row." in captions[19]
    assert "290" in storyboard().description


def test_crossing_is_told_once_and_in_its_frame():
    figure = shares()
    told = [i for i, caption in enumerate(figure.captions) if "scores lead" in caption]
    assert told == [9]  # 8,192 is the first length of at least 5,000


def test_shares_fill_the_bar():
    figure = shares()
    bars = [one for one in figure.moving if set(one.states[0]) == {"x", "width"}]
    assert len(bars) == 3
    for frame in range(len(figure.captions)):
        assert bars[0].states[frame]["x"] == pytest.approx(0)
        ends = [one.states[frame]["x"] + one.states[frame]["width"] for one in bars]
        assert ends[-1] == pytest.approx(340, abs=1.6)
        assert ends == sorted(ends)


def test_states_must_match_the_captions():
    with pytest.raises(ValueError, match="needs 2 states"):
        Stepper([Moving("rect", {}, [{"x": 1}])], ["a", "b"], (340, 10), "short", "t", "d")
    with pytest.raises(ValueError, match="equal keys"):
        Stepper([Moving("rect", {}, [{"x": 1}, {"y": 1}])], ["a", "b"], (340, 10), "mixed", "t", "d")


def test_counts_must_match_the_tokens():
    without, cached = two_runs(5, 20)
    with pytest.raises(ValueError, match="at most 24 tokens"):
        how_often(["x"] * 24, without, cached, title="t")
    with pytest.raises(ValueError, match="different shapes"):
        how_often(["x"] * 25, without, cached[1:], title="t")


# ---- quizzes ---------------------------------------------------------------------------------------


def choice(right=1):
    answers = [(f"answer <{i}>", i == right, f"because & {i}") for i in range(3)]
    return quiz.choice("Which `row`?", answers, name="which")


def test_choice_is_native_and_solved_without_scripts():
    root = parsed(choice())
    radios = [node for node in root.iter("input") if node.get("type") == "radio"]
    assert len(radios) == 3
    assert len({radio.get("name") for radio in radios}) == 1
    assert root.find(".//fieldset/legend") is not None
    items = root.findall(".//details//li")
    assert [item.get("data-right") for item in items] == ["no", "yes", "no"]
    assert "".join(items[1].itertext()) == "Right: answer <1>. because & 1"
    assert classed(root, "kv-feedback").get("aria-live") == "polite"


@pytest.mark.parametrize("right", [(), (0, 1)])
def test_choice_needs_one_right_answer(right):
    with pytest.raises(ValueError, match="exactly one"):
        quiz.choice("?", [(str(i), i in right, "") for i in range(3)], name="which")


def test_number_keeps_the_exact_answer():
    root = parsed(quiz.number("How many?", 1234567.25, name="many", tolerance=0.1, unit="B"))
    entry = next(root.iter("input"))
    assert float(entry.get("data-answer")) == 1234567.25
    assert float(entry.get("data-tolerance")) == 0.1
    assert root.find(".//label").get("for") == entry.get("id")
    assert "1,234,567 B." in "".join(root.find(".//details").itertext())
    assert "0.0312 s." in quiz.number("?", 0.031234, name="short", unit="s").words


# ---- cover and charts ------------------------------------------------------------------------------


def test_cover_counts_a_triangle():
    root = Tree.fromstring(cover.cover())
    squares = [node.get("class") for node in root.iter() if node.tag.endswith("rect")]
    assert squares.count("new") == 14
    assert squares.count("again") == 14 * 13 // 2
    said = {node.get("class"): node.text for node in root.iter() if node.tag.endswith("text")}
    assert (said["once"], said["often"]) == ("14", "91")
    assert [node.text for node in root.iter() if node.get("class") == "word"] == cover.TEXT.split()


def drawn(title="One line", label="cache & <co>"):
    pytest.importorskip("matplotlib")
    from kvlab.figures import inline, labels, style

    figure, axes = style.chart(x="tokens", y="ms", log="x")
    axes.plot([1, 2, 4], [1, 1.01, 1.02], **style.line("cached"), label=label)
    axes.plot([1, 2, 4], [1, 1.02, 1.03], **style.line("recomputed"), label="none")
    axes.bar([1, 2], [0.5, 0.4], **style.fill("recomputed"))
    labels.label_ends(axes)
    return figure, inline.show(figure, title=title, description="It stays flat.")


def test_chart_is_clean_inline_svg():
    _, chart = drawn()
    root = parsed(chart)
    texts = ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text")]
    assert "cache & <co>" in texts
    assert "tokens (log scale)" in texts
    assert "var(--kv-recomputed, #7c1c02)" in chart.html
    svg = chart.html[chart.html.index("<svg") : chart.html.index("</svg>")]
    painted = re.sub(r"var\([^)]*\)", "", svg)
    assert not any(f'"{entry.light}"' in painted for entry in palette.ROLES + palette.PAGE)
    for leftover in ("font-family", "DejaVu", "metadata", "<style", "xlink", "matplotlib", "<?xml"):
        assert leftover not in svg
    width = float(re.search(r'viewBox="0 0 (\d+)', svg)[1])
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)) * 342 / width >= 12  # on a phone
    wanted = set(re.findall(r"url\(#([^)]+)\)", svg)) | set(re.findall(r'href="#([^"]+)"', svg))
    assert wanted
    assert wanted <= set(ids(root))


def test_charts_share_a_page():
    first, second = (ids(parsed(drawn(title)[1])) for title in ("One", "Two"))
    assert len(first) > 5
    assert not set(first) & set(second)


def test_chart_is_the_same_every_time():
    one, two = drawn()[1], drawn()[1]
    assert one.html == two.html


def test_chart_without_labels_or_with_small_text_is_refused():
    pytest.importorskip("matplotlib")
    from kvlab.figures import inline, style

    figure, axes = style.chart(x="", y="ms")
    with pytest.raises(ValueError, match="label both axes"):
        inline.show(figure, title="t", description="d")
    axes.set_xlabel("tokens")
    axes.text(0, 0, "tiny", fontsize=8)
    with pytest.raises(ValueError, match="cannot be read on a phone"):
        inline.show(figure, title="t", description="d")


def test_end_labels_do_not_touch():
    pytest.importorskip("matplotlib")
    from matplotlib.text import Text

    from kvlab.figures import inline, labels, style

    figure, axes = style.chart(x="tokens", y="ms", log="xy")
    for factor in (1, 1.3, 1.7, 40):
        axes.plot([1, 100], [1, factor], **style.line("cached"), label=f"{factor} times")
    labels.label_ends(axes)
    inline.show(figure, title="t", description="d")
    notes = sorted((Text.get_window_extent(note) for note in axes.texts), key=lambda box: box.y0)
    assert len(notes) == 4
    assert min(above.y0 - below.y1 for below, above in pairwise(notes)) > 3  # more than between lines of one name
    assert max(box.x1 for box in notes) <= 420
    for note in axes.texts:  # a leader ends before its name
        assert note.arrow_patch.get_window_extent().x1 <= Text.get_window_extent(note).x0


def test_end_labels_with_room_have_no_leaders():
    pytest.importorskip("matplotlib")
    from kvlab.figures import labels, style

    _, axes = style.chart(x="tokens", y="ms")
    for end in (1, 9):
        axes.plot([1, 100], [1, end], **style.line("cached"), label=f"to {end}")
    labels.label_ends(axes)
    assert [note.arrow_patch for note in axes.texts] == [None, None]


def test_numbers_on_axes_have_the_separators_of_the_text():
    pytest.importorskip("matplotlib")
    from kvlab.figures import style

    figure, axes = style.chart(x="tokens", y="ms")
    axes.plot([0, 16384], [0, 0.3])
    axes.set_xticks([4096, 16384])
    axes.set_yticks([0, 0.1 + 0.2])
    figure.canvas.draw()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["4,096", "16,384"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0", "0.3"]


def test_spread_moves_only_what_overlaps():
    pytest.importorskip("matplotlib")
    from kvlab.figures.labels import spread

    assert spread([0, 100], [10, 10]) == [0, 100]
    assert spread([0, 0, 100], [10, 10, 10]) == [-5, 5, 100]
    crowded = spread([0, 1, 2, 9], [10, 10, 10, 10])
    assert np.diff(crowded).min() >= 10 - 1e-9
