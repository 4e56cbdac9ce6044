"""What the checks share: one browser and one server for all of them, a fresh context for each."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser import built, prepare
from browser.serving import served
from tools.environment import BUILD
from tools.say import Trouble

# No other host exists for this browser, and nothing that it does by itself asks for one.
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 15_000  # a busy machine is slow, which says nothing about the pages


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pages", type=Path, default=BUILD / "html", help="the pages to check (_build/html)")
    parser.addoption("--results", type=Path, default=BUILD, help="where weights and screenshots go (_build)")


def pytest_configure(config: pytest.Config) -> None:
    """Stop before the first check if something is missing; the workers of xdist need not look again."""
    if hasattr(config, "workerinput") or config.option.help:
        return
    pages = config.option.pages
    if not (pages / "index.html").exists():
        raise pytest.UsageError(f"there are no pages in {pages}: build them with make book, or name others by --pages")
    try:
        prepare.require_browser()
        prepare.checkers()
    except Trouble as trouble:
        raise pytest.UsageError(str(trouble)) from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check once for every page, for every page with a quiz or figure, or for every figure of a kind."""
    folder = metafunc.config.option.pages
    if "page_name" in metafunc.fixturenames:
        metafunc.parametrize("page_name", built.pages(folder), ids=lambda name: name.removesuffix(".html"))
    for kind in ("quiz", "figure"):
        if f"{kind}_page" in metafunc.fixturenames:
            having = list(dict.fromkeys(page for page, _ in built.with_class(folder, f"kv-{kind}")))
            metafunc.parametrize(f"{kind}_page", having, ids=lambda name: name.removesuffix(".html"))
    for kind in ("stepper", "calculator"):
        if kind in metafunc.fixturenames:
            found = list(built.with_class(folder, f"kv-{kind}"))
            metafunc.parametrize(kind, found, ids=[f"{page.removesuffix('.html')}:{name}" for page, name in found])


@pytest.fixture(scope="session")
def pages_folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.option.pages.absolute()


@pytest.fixture(scope="session")
def results_folder(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.option.results.absolute()


@pytest.fixture(scope="session")
def home(pages_folder: Path) -> Iterator[str]:
    """The address under which the pages are served."""
    with served(pages_folder) as address:
        yield address


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=prepare.chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A function that makes a reader: nothing stored, nothing cached; its arguments are Playwright's."""
    made = []

    def make(width: int = 1280, height: int = 900, **more: Any) -> BrowserContext:
        made.append(chromium.new_context(viewport={"width": width, "height": height}, **more))
        made[-1].set_default_timeout(PATIENCE_MS)
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def opened(context: Callable[..., BrowserContext], home: str) -> Callable[..., Page]:
    """A function that opens a page by its name, over HTTP; further arguments say who reads it."""

    def open_page(name: str, **reader: Any) -> Page:
        page = context(**reader).new_page()
        page.goto(home + name)
        return page

    return open_page


@pytest.fixture
def opened_with_clock(context: Callable[..., BrowserContext], home: str) -> Callable[..., Page]:
    """Open a page whose time stands still until the check lets it run, so that nothing has to be waited for."""

    def open_page(name: str, **reader: Any) -> Page:
        page = context(**reader).new_page()
        page.clock.install()
        page.goto(home + name)
        return page

    return open_page
