"""The figures' script: linked once by the pages that need it, brought along where nothing is linked."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as Tree

import pytest

from kvlab.figures import page, palette, quiz
from kvlab.figures.calculator import calculator
from kvlab.figures.controls import controls
from kvlab.figures.frames import Stepper

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("core", "stepper", "quiz", "calculator", "address", "paper")


def stepper(**options):
    return Stepper([], ["one", "two", "three"], (340, 10), "steps", "t", "d", **options)


def written():
    return {
        "stepper": stepper().html(),
        "quiz": quiz.number("?", 3, name="three").html,
        "calculator": calculator().html,
    }


def code(html):
    return "".join(re.findall(r"<script>(.*?)</script>", html, re.DOTALL))


def source(name):
    return (Path(page.__file__).parent / f"{name}.js").read_text(encoding="utf-8")


def test_in_the_book_a_figure_is_woken_by_one_line(monkeypatch):
    monkeypatch.setenv("KVLAB_BUILD", "1")
    for html in written().values():
        assert code(html) == "<script>globalThis.kvlab?.wake()</script>"[8:-9]
        Tree.fromstring(html)
    assert page.scripts() == ""  # a chart stays still


def test_a_live_notebook_gets_what_it_needs_and_no_more(monkeypatch):
    monkeypatch.delenv("KVLAB_BUILD", raising=False)
    for kind, html in written().items():
        assert set(re.findall(r"^\s*kvlab\.parts\.(\w+) =", code(html), re.MULTILINE)) == {"chart", kind}
        assert code(html).endswith("kvlab.wake();")
        assert "--kv-styled" in code(html)
        assert "hashchange" not in code(html)  # a notebook's address is not the figure's to change
        Tree.fromstring(html)


def test_the_linked_script_holds_every_part_once():
    script = page.script()
    for name in PARTS:
        assert script.count(source(name).strip()) == 1
    assert source("notebook") not in script
    assert {path.stem for path in Path(page.__file__).parent.glob("*.js")} == {*PARTS, "notebook"}


@pytest.mark.parametrize(("body", "links"), [('<div class="kv-quiz">', 1), ("<p>no figure</p>", 0)])
def test_only_pages_with_a_figure_link_the_script(body, links):
    place = ROOT / ".ci" / "sphinx" / "figure_script.py"
    spec = importlib.util.spec_from_file_location("figure_script", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    added, hooks = [], {}
    app = SimpleNamespace(add_js_file=added.append, connect=hooks.__setitem__)
    module.setup(app)
    hooks["html-page-context"](app, "book/x", "page.html", {"body": body}, None)
    hooks["html-page-context"](app, "search", "search.html", {}, None)
    assert added == ["figures.js"] * links


def test_jumps_are_buttons_that_say_whether_they_are_pressed():
    root = Tree.fromstring(stepper(jumps={"a <run>": 0, "another": 2}).html())
    group = next(node for node in root.iter() if "kv-jumps" in (node.get("class") or ""))
    assert group.get("role") == "group" and group.get("aria-label")
    assert [(one.text, one.get("data-to"), one.get("aria-pressed")) for one in group] == [
        ("a <run>", "0", "false"), ("another", "2", "false"),
    ]  # fmt: skip
    assert "data-to" not in controls("x", "Step", [], ["one"], 0, {})


def test_targets_are_as_large_as_a_fingertip():
    css = page.style_sheet()
    for name in ("kv-button", "kv-answer"):
        rule = re.search(rf"^\.{name} {{([^}}]*)}}", css, re.MULTILINE)[1]
        assert "min-height: 44px" in rule
    assert "height: 44px" in re.search(r"\.kv-slider {([^}]*)}", css)[1]


def test_reduced_motion_offers_nothing_that_plays():
    still = re.search(r"@media \(prefers-reduced-motion: reduce\) {(.*?)\n}", page.style_sheet(), re.DOTALL)[1]
    assert ".kv-play { display: none }" in still
    assert "transition: none" in still
    assert "start()" not in re.sub(r"play\.addEventListener.*", "", source("stepper"))  # only the reader starts it


def test_the_reader_s_own_colours_replace_all_of_ours():
    forced = re.search(r"@media \(forced-colors: active\){([^@]*)}\n", palette.css())[1]
    for entry in palette.ROLES + palette.PAGE:
        assert re.search(rf"--kv-{entry.name}:(Canvas|CanvasText|GrayText|LinkText);", forced)
    selectors = forced.split("{")[0].split(",")
    assert selectors == [":root", 'html[data-theme="dark"]', 'body[data-jp-theme-light="false"]']
