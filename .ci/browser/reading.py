"""Pages that stay open from one check to the next: opening one takes longer than most checks.

All checks of a page run one after the other, so one page for each kind of reader is enough. It is handed out as if it
had just been opened: what was unfolded is folded again, and screen, colours and paper are what they were. A check that
changes more, or that wants to see how a page begins, opens a page of its own.
"""

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

PATIENCE_MS = 15_000  # a busy machine is slow, which says nothing about the pages
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
PLAIN: dict[str, Any] = {
    "media": "screen", "color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none",
}  # fmt: skip
BLANK = "about:blank"
REMEMBER = """() => {
  window.asItWas = [...document.querySelectorAll("details, .toggle-hidden")].map((one) => [one, one.open]);
}"""
RESTORE = """() => {
  for (const [one, open] of window.asItWas) {
    if (one.tagName === "DETAILS") one.open = open;
    else one.classList.add("toggle-hidden");
  }
  document.querySelectorAll(".kv-quiz input").forEach((one) => {
    one.value = one.defaultValue;
    one.checked = one.defaultChecked;
  });
  document.activeElement?.blur();
  scrollTo({ top: 0, behavior: "instant" });
}"""


def new_context(
    browser: Browser, width: int = DESK["width"], height: int = DESK["height"], clock: bool = False, **more: Any
) -> BrowserContext:
    """Make a reader: nothing stored, nothing cached, and a clock that a check may stop; the rest is for Playwright."""
    context = browser.new_context(viewport={"width": width, "height": height}, **more)
    context.set_default_timeout(PATIENCE_MS)
    if clock:
        context.clock.install()
    return context


class Reading:
    """The pages that are open.

    Attributes
    ----------
    pages : dict
        By kind of reader: the name of a page, and the page.
    """

    def __init__(self, browser: Browser, home: str) -> None:
        self.browser, self.home = browser, home
        self.pages: dict[str, tuple[str, Page]] = {}

    def open(self, name: str, **reader: Any) -> Page:
        """Return a page as it is when it has been opened."""
        kind = repr(sorted(reader.items()))
        last, page = self.pages.get(kind) or ("", new_context(self.browser, **reader).new_page())
        self.pages[kind] = (name, page)
        page.set_viewport_size({key: reader.get(key, DESK[key]) for key in DESK})
        page.emulate_media(**PLAIN)
        if name != last or name == BLANK:
            page.goto(name if name == BLANK else self.home + name)
            page.evaluate(REMEMBER)
        page.evaluate(RESTORE)
        return page

    def blank(self, width: int = DESK["width"]) -> Page:
        """Return a page with nothing on it."""
        page = self.open(BLANK)
        page.set_viewport_size({**DESK, "width": width})
        return page

    def close(self) -> None:
        """Forget every page: the next check gets fresh ones."""
        for _, page in self.pages.values():
            page.context.close()
        self.pages.clear()
