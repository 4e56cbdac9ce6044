"""Readers who ask their system for strong contrast, or for stillness: controls can be seen, nothing moves by itself."""

import pytest

from browser.pictures import contrast, differ, picture
from browser.verdict import no_faults

CONTROLS = ".kv-controls .kv-slider, .kv-controls .kv-button, .kv-stage, .kv-panel .kv-button"
PLAYS = "kv-play"  # not offered to those who want stillness
CLEAR = 100  # of 255, between the palest and the darkest pixel of a control
RUNNING = "document.getAnimations().filter((one) => one.playState === 'running').length"
NEXT = f"(button) => {{ button.click(); return {RUNNING}; }}"


def control_faults(page, missing=""):
    """Look for each control of the page's figures; those of one class may be missing."""
    faults = []
    for one in page.locator(CONTROLS).all():
        classes = one.get_attribute("class")
        if missing and missing in classes.split():
            continue
        name = f"#{one.evaluate('one => one.closest(`[id]`).id')} .{classes.replace(' ', '.')}"
        if not one.is_visible():
            faults.append(f"{name} is not to be seen: show it")
        elif contrast(picture(one)) < CLEAR:
            faults.append(f"{name} is hardly to be seen: give it a border or text in a system colour")
    return faults


def test_forced_colours(stepper_page, reading):
    page = reading(stepper_page)
    for scheme in ("light", "dark"):
        page.emulate_media(forced_colors="active", color_scheme=scheme)
        no_faults(stepper_page, [f"with forced colours, {scheme}, {fault}" for fault in control_faults(page)])


def test_stillness(stepper_page, reading):
    page = reading(stepper_page, clock=True)
    page.emulate_media(reduced_motion="reduce")
    no_faults(stepper_page, [f"with reduced motion, {fault}" for fault in still_faults(page)])


def still_faults(page):
    faults = control_faults(page, missing=PLAYS)
    stages = page.locator(".kv-stage").all()
    before = [picture(stage) for stage in stages]
    page.clock.run_for(30_000)
    if page.evaluate(RUNNING) or any(differ(*looks) for looks in zip(before, map(picture, stages), strict=True)):
        faults.append("something moves by itself: let it wait for the reader")
    for button in page.locator(".kv-next").all():
        if button.evaluate(NEXT):
            faults.append("Next sets something sliding: let it be there at once")
    return faults


CONTROL = """<!DOCTYPE html><div id="f"><div class="kv-stage">words</div>
<div class="kv-controls"><button class="kv-button kv-next">Next</button></div></div>"""
SLIDING = """<style>.kv-next { transition: margin 9s } .kv-next:focus { margin: 9px }</style>
<script>document.querySelector(".kv-next").onclick = (event) => event.target.focus()</script>"""
MOVING = "setInterval(() => document.querySelector('.kv-stage').textContent += ' more words', 3000)"


@pytest.mark.parametrize(
    ("extra", "fault"),
    [
        ("<style>.kv-button { opacity: .05 }</style>", ".kv-button.kv-next is hardly to be seen"),
        ("<style>.kv-button { visibility: hidden }</style>", ".kv-button.kv-next is not to be seen"),
        (f"<script>{MOVING}</script>", "something moves by itself"),
        ("<style>@keyframes k { to { opacity: .5 } } p { animation: k 9s }</style><p>x", "something moves by itself"),
        (SLIDING, "Next sets something sliding"),
        ("", None),
    ],
)
def test_what_moves_or_hides_is_noticed(extra, fault, context):
    page = context(clock=True).new_page()
    page.set_content(CONTROL + extra)
    found = still_faults(page)
    assert any(fault in one for one in found) if fault else found == []
