"""What the build does to finished pages: lighter files, the same words, addresses that lead somewhere."""

import base64
import re
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from matplotlib.image import imread

from kvlab.figures import palette

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / ".ci" / "sphinx"))

import carried  # noqa: E402
import front  # noqa: E402
import light  # noqa: E402
import pictures  # noqa: E402
from light import files, fonts, formulas, icons  # noqa: E402


def font_with(path, characters):
    """Write a font in which each of some characters is a square."""
    names = [f"glyph{number}" for number in range(len(characters))]
    pen = TTGlyphPen(None)
    for corner in ((0, 0), (0, 500), (500, 500), (500, 0)):
        (pen.lineTo if pen.points else pen.moveTo)(corner)
    pen.closePath()
    square = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names])
    builder.setupCharacterMap({ord(character): name for character, name in zip(characters, names, strict=True)})
    builder.setupGlyf(dict.fromkeys([".notdef", *names], square))
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", *names], (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


CSS = """
.fa-search:before{content:"\\f002"}
.fa-sun:before{content:"\uf185"}
.fa-cat:before,.fa-github:before{content:"\\f09b"}
"""

# ---- fonts


def test_a_font_is_cut_to_the_characters_and_lies_in_the_style_sheet(tmp_path):
    font_with(tmp_path / "a.ttf", "abc\uf002")
    face = '@font-face{font-family:A;src:url(a.woff2) format("woff2"),url(a.ttf) format("truetype");font-weight:400}'
    css = fonts.embedded(f"p{{color:red}}{face}i{{top:0}}", tmp_path, lambda rule: {"a", "\uf002", "z"})
    assert css.startswith("p{color:red}@font-face{font-family:A;src:url(data:font/woff;base64,")
    assert css.endswith("i{top:0}")
    assert ".ttf" not in css and ".woff2" not in css and css.count("font-weight:400") == 1
    data = base64.b64decode(re.search(r"base64,([^)]+)\)", css)[1])
    (tmp_path / "b.woff").write_bytes(data)
    assert fonts.characters_of(TTFont(tmp_path / "b.woff")) == {"a", "\uf002"}


def test_a_font_of_which_nothing_is_shown_goes(tmp_path):
    font_with(tmp_path / "a.ttf", "abc")
    css = fonts.embedded("@font-face{src:url(a.ttf)}b{left:0}", tmp_path, lambda rule: {"z"})
    assert css == "b{left:0}"


@pytest.fixture
def theme(tmp_path):
    """A style sheet, and stand-ins for the three files of Font Awesome where it looks for them."""
    folder = tmp_path / "vendor" / "fontawesome" / "webfonts"
    folder.mkdir(parents=True)
    for style, characters in {"solid": "\uf002\uf185", "regular": "\uf185", "brands": "\uf09b"}.items():
        font_with(folder / icons.FILES[style], characters)
    path = tmp_path / "styles" / "theme.css"
    path.parent.mkdir()
    path.write_text(CSS)
    return path


def test_icons_that_exist(theme):
    page = '<i class="fas fa-search fa-lg"></i><span class="btn fa-solid fa-sun"></span><i class="fab fa-github">'
    wanted = icons.of_page(page)
    assert wanted == {("solid", "fa-search"), ("solid", "fa-sun"), ("brands", "fa-github")}
    assert icons.missing(wanted, theme) == []


@pytest.mark.parametrize("icon", ["fas fa-serach", "fas fa-github", "far fa-search", "fa-brands fa-sun"])
def test_icons_that_do_not_exist_in_their_style_are_named(icon, theme):
    style, name = icon.split()
    assert icons.missing(icons.of_page(f'<i class="{icon}">'), theme) == [(icons.STYLES[style], name)]


def test_pictures_that_style_sheets_show_by_themselves_are_kept():
    css = '.a:after{content:"\\f107"}:root{--icon-bell:"\uf0f3"}.b{content:"→"}'
    assert icons.characters(css) == {"\uf107", "\uf0f3"}


def test_the_characters_of_formulas_and_of_nothing_else():
    shown = formulas.Formulas()
    shown.feed(
        'a<span class="math"><span class="katex"><span class="katex-html" aria-hidden="true">'
        '<span>x<span>&lt;</span></span><span><svg><path d="M0"/></svg></span>2</span></span>b</span><span>c</span>'
    )
    assert shown.characters == {"x", "<", "2"}


def test_which_of_katexs_faces_the_rules_ask_for():
    css = (
        "@font-face{font-family:KaTeX_Main;font-style:normal;font-weight:700;src:x}"
        ".katex{font:normal 1.21em KaTeX_Main,serif}.mathnormal{font-family:KaTeX_Math;font-style:italic}"
    )
    assert formulas.faces_in_use(css) == {("KaTeX_Main", False, False), ("KaTeX_Math", False, True)}
    assert formulas.face_of(css[: css.index("}") + 1]) == ("KaTeX_Main", True, False)
    bold = formulas.faces_in_use(css + ".textbf{font-weight:700}")  # whatever family it stands in
    assert {("KaTeX_Main", True, False), ("KaTeX_Math", True, False)} <= bold


# ---- files


class Asset:
    """A script or style sheet, as Sphinx hands it over."""

    def __init__(self, filename, /, *, priority=500, **attributes):
        self.filename, self.priority, self.attributes = filename, priority, attributes


def chosen(body, *assets, page="book/01"):
    """Return the scripts that stay on a page."""
    context = {"body": body, "script_files": list(assets), "css_files": []}
    carried.choose(None, page, "page.html", context, None)
    return context["script_files"]


def test_a_page_links_what_it_has_a_use_for():
    tabs, toggle, other = Asset("_static/design-tabs.js"), Asset("togglebutton.js"), Asset("own.js")
    assert [kept.filename for kept in chosen("<p>", tabs, toggle, other)] == ["own.js"]
    assert len(chosen('<div class="sd-tab-set docutils">', tabs, toggle, other)) == 2
    assert len(chosen('<div class="admonition dropdown">', tabs, toggle, other)) == 2
    assert chosen('<div class="sd-tab-set cell toggle">', Asset("sphinx-thebe.js")) == []


def test_a_script_comes_once_and_waits_if_it_can():
    lines = [Asset(None, body="let a = 1"), Asset(None, body="let a = 1"), Asset(None, body="let b = 1")]
    assert [kept.attributes["body"] for kept in chosen("", *lines)] == ["let a = 1", "let b = 1"]
    doctools, options = chosen("", Asset("_static/doctools.js"), Asset("_static/documentation_options.js"))
    assert doctools.attributes == {"defer": "defer"} and options.attributes == {}
    assert chosen("", Asset("_static/doctools.js"), page="search")[0].attributes == {}


def test_the_script_that_draws_icons_goes_and_files_are_marked_by_what_they_hold(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a.js").write_text("1")
    page = '<script src="../_static/scripts/fontawesome.js?d=1"></script><script src="../_static/a.js?v=0"></script>'
    kept = icons.without_script(page)
    assert "fontawesome" not in kept
    first = files.stamped(kept, tmp_path)
    assert files.absent(first, tmp_path) == []
    assert re.fullmatch(r'<script src="\.\./_static/a\.js\?v=[0-9a-f]{8}"></script>', first)
    assert files.stamped(first, tmp_path) == first
    (tmp_path / "_static" / "a.js").write_text("2")
    assert files.stamped(first, tmp_path) != first
    elsewhere = '<a href="https://example.org/_static/a.js">'
    assert files.stamped(elsewhere, tmp_path) == elsewhere


def test_a_linked_file_that_is_not_there_is_named(tmp_path):
    page = '<link href="../_static/gone.css?v=1"><script src="_static/lost.js"></script><img src="../_images/a.svg">'
    assert files.stamped(page, tmp_path) == page
    assert files.absent(page, tmp_path) == ["_static/gone.css", "_static/lost.js"]


def test_each_build_finds_the_pages_as_sphinx_left_them(tmp_path, monkeypatch):
    """Sphinx writes only what is out of date; pages that were made light twice would lose what the first time kept."""
    app, page, seen = lightly_built(tmp_path, monkeypatch)
    for written in ("first", "second", "third"):
        light.begin(app)
        page.write_text(page.read_text() + f" {written}")
        light.finish(app, None)
        assert page.read_text() == f"x{len(seen)}"
    assert seen == ["whole first", "whole first second", "whole first second third"]
    light.begin(app)  # a build that fails leaves Sphinx's own pages, which the next one must not replace
    page.write_text("newer")
    light.finish(app, ValueError())
    light.begin(app)
    assert page.read_text() == "newer"
    light.finish(app, None)
    assert (page.read_text(), seen[3:]) == ("x4", ["newer"])


def test_pages_that_did_not_change_are_not_made_light_again(tmp_path, monkeypatch):
    app, page, seen = lightly_built(tmp_path, monkeypatch)
    for _ in range(3):
        light.begin(app)
        assert page.read_text() == "whole"
        light.finish(app, None)
        assert page.read_text() == "x1"
    light.begin(app)  # a build that stops halfway
    light.begin(app)
    light.finish(app, None)
    assert (page.read_text(), seen) == ("x1", ["whole"])
    light.packages(app).mkdir(parents=True)
    (light.packages(app) / "package-lock.json").write_text("another PurgeCSS")
    light.begin(app)
    light.finish(app, None)
    assert (page.read_text(), seen) == ("x2", ["whole"] * 2)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda page: page.write_text("edited")], ids=["removed", "edited"])
def test_light_pages_that_somebody_touched_are_made_again(tmp_path, monkeypatch, spoil):
    app, page, seen = lightly_built(tmp_path, monkeypatch)
    light.begin(app)
    light.finish(app, None)
    spoil(page)
    light.begin(app)
    light.finish(app, None)
    assert (page.read_text(), seen) == ("x2", ["whole"] * 2)


def test_pages_that_were_not_kept_are_taken_as_they_are(tmp_path, monkeypatch):
    app, page, seen = lightly_built(tmp_path, monkeypatch)
    light.finish(app, None)
    shutil.rmtree(light.heavy(app))
    page.write_text("whole")  # Sphinx wrote it anew
    light.begin(app)
    light.finish(app, None)
    assert (page.read_text(), seen) == ("x2", ["whole"] * 2)


def test_pages_with_a_fault_are_not_taken_for_light_ones(tmp_path, monkeypatch):
    app, _, seen = lightly_built(tmp_path, monkeypatch, faults=["a.html links b.css, which is not there"])
    for _ in range(2):
        light.begin(app)
        light.finish(app, None)
    assert seen == ["whole"] * 2


def lightly_built(folder, monkeypatch, faults=()):
    """An application, its only page, and a list of what the page held whenever it was made light."""
    page, seen = folder / "html" / "a.html", []
    page.parent.mkdir()
    page.write_text("whole")

    def lighten(pages, assets, modules):
        seen.append(page.read_text())
        page.write_text(f"x{len(seen)}")
        return list(faults)

    monkeypatch.setattr(light, "lighten", lighten)
    monkeypatch.setattr(light, "warn", lambda fault: None)
    return SimpleNamespace(outdir=page.parent, srcdir=folder, builder=SimpleNamespace(name="html")), page, seen


def test_a_digest_tells_any_change_of_a_folder(tmp_path):
    inside, lock = tmp_path / "pages", tmp_path / "lock"
    (inside / "b").mkdir(parents=True)
    (inside / "a").write_text("1")
    lock.write_text("2")
    digests = [files.digest(inside, lock)]
    (inside / "cache.pyc").write_text("compiled")
    assert files.digest(inside, lock) == digests[0]
    for change in (
        lambda: (inside / "a").rename(inside / "b" / "a"),
        lambda: (inside / "b" / "a").write_text("3"),
        lambda: (inside / "b" / "more").write_text(""),
        lambda: lock.write_text("4"),
    ):
        change()
        digests.append(files.digest(inside, lock))
    assert len(set(digests)) == 5


def test_a_digest_tells_where_nothing_is(tmp_path):
    """A place that is empty, one that is not there, and the same file in the one place or in the other."""
    full, empty, absent = tmp_path / "full", tmp_path / "empty", tmp_path / "absent"
    full.mkdir(), empty.mkdir()
    (full / "a").write_text("1")
    places = [(empty,), (absent,), (full,), (full, empty), (empty, full), (full, absent), (full, full / "a")]
    assert len({files.digest(*some) for some in places}) == len(places)


def test_files_that_no_page_loads_are_removed(tmp_path):
    for name in ("scripts/a.js", "scripts/a.js.map", "locales/de/x.po", "vendor/fa/x.ttf", "katex/katex.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    files.remove(tmp_path, files.UNUSED)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"scripts/a.js", "katex/katex.css"}


# ---- addresses


def test_a_page_moves_with_all_its_relative_addresses():
    page = (
        '<html data-content_root="../"><a href="01.html#x">x</a><a href="../search.html?q=1">2</a><a href="#here">3</a>'
        '<a href="https://example.org/a/../b">4</a><img src="data:image/png;base64,x"><form action="../search.html">'
        '<a href="mailto:x@example.org">5</a><a href="">6</a>'
    )
    assert front.rebased(page, lambda path: f"book/{path}") == (
        '<html data-content_root="./"><a href="book/01.html#x">x</a>'
        '<a href="search.html?q=1">2</a><a href="#here">3</a>'
        '<a href="https://example.org/a/../b">4</a><img src="data:image/png;base64,x"><form action="search.html">'
        '<a href="mailto:x@example.org">5</a><a href="">6</a>'
    )
    lost = front.rebased('<html data-content_root="./"><a href="book/01.html">', lambda path: f"/fork/{path}")
    assert lost == '<html data-content_root="/fork/"><a href="/fork/book/01.html">'


def test_the_title_of_the_front_page_is_said_once():
    assert front.with_one_title("<title>A &#8212; A</title>") == "<title>A</title>"
    assert front.with_one_title("<title>B &#8212; A</title>") == "<title>B &#8212; A</title>"


# ---- pictures


def test_the_icon_has_the_books_colours_and_is_a_triangle():
    path = ROOT / "book" / "assets" / "favicon.svg"
    side, squares = pictures.read(path)
    new, again = palette.colour("cached"), palette.colour("recomputed")
    assert new.dark in path.read_text() and again.dark in path.read_text()
    assert [square[4] == new.light for square in squares] == [True, False, True, False, False, True]
    assert {square[4] for square in squares} == {new.light, again.light}
    assert all(square[0] <= square[1] for square in squares)
    assert max(square[1] + square[2] for square in squares) < side


def test_the_card_is_a_triangle_in_the_palettes_colours(tmp_path):
    pictures.paint_card("One, and two", tmp_path / "card.png")
    card = imread(tmp_path / "card.png")
    assert card.shape[:2] == (630, 1200)
    seen = {tuple(round(channel * 255) for channel in colour) for colour in card[::3, ::3, :3].reshape(-1, 3)}
    for name in ("cached", "ink", "paper"):
        text = palette.colour(name).light[1:]
        assert tuple(int(text[start : start + 2], 16) for start in (0, 2, 4)) in seen, name
    assert (tmp_path / "card.png").stat().st_size < 100_000
    assert len(pictures.triangle(4)) == 10
