"""What the checks run inside a page: longer scripts from their files, shorter ones from here."""

import functools
from pathlib import Path

OPEN_ALL = """() => {
  document.querySelectorAll("details").forEach((one) => { one.open = true });
  document.querySelectorAll(".toggle-hidden").forEach((one) => one.classList.remove("toggle-hidden"));
}"""
AT_REST = "() => Promise.allSettled(document.getAnimations().map((one) => one.finished)).then(() => null)"


@functools.cache
def script(name: str) -> str:
    """Return a script of this folder: a function, for `Page.evaluate`."""
    text = (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))
