"""What the checks run inside a page: longer scripts from their files, shorter ones from here."""

import functools
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

OPEN_ALL = """() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true });
  document.querySelectorAll(".toggle-hidden").forEach((one) => one.classList.remove("toggle-hidden"));
}"""
THEMED = "(scheme) => [undefined, scheme].includes(document.documentElement.dataset.theme)"
# One frame later, what a change of the window or the colours sets moving has begun to move.
AT_REST = """() => new Promise((next) => requestAnimationFrame(next)).then(() =>
  Promise.allSettled(document.getAnimations().map((one) => one.finished))).then(() => null)"""


@functools.cache
def script(name: str) -> str:
    """Return a script of this folder: a function, for `Page.evaluate`."""
    text = (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


def put_into(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Let the reader's system ask for light or dark colours, and wait until a page has them, if it has a theme."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(THEMED, arg=scheme)
    page.evaluate(AT_REST)
