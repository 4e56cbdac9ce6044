"""What the checks share: one browser and one server for all of them, and pages, fresh ones or those that are open."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from browser import built, prepare
from browser.album import write_index
from browser.reading import Reading, new_context
from browser.serving import served
from browser.sharing import ByPage, group, names_of
from browser.visits import Visit, visit
from tools.environment import BUILD
from tools.say import Trouble

# No other host exists for this browser, and nothing that it does by itself asks for one.
ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


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
    for kind in ("quiz", "figure", "stepper"):
        if f"{kind}_page" in metafunc.fixturenames:
            having = list(dict.fromkeys(page for page, _ in some(folder, kind)))
            metafunc.parametrize(f"{kind}_page", having, ids=lambda name: name.removesuffix(".html"))
    for kind in ("stepper", "calculator"):
        if kind in metafunc.fixturenames:
            found = some(folder, kind)
            metafunc.parametrize(kind, found, ids=[f"{page.removesuffix('.html')}:{name}" for page, name in found])


def some(folder: Path, kind: str) -> list[tuple[str, str]]:
    """Return every (page, id) of a kind of figure: were there none, pytest would skip their checks, and pass."""
    found = list(built.with_class(folder, f"kv-{kind}"))
    if not found:
        raise pytest.UsageError(f"no page in {folder} has an element of class kv-{kind}, so nothing would be checked")
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let all checks of a page follow each other."""
    items.sort(key=lambda item: group(item.nodeid, names_of(config.option.pages)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByPage:
    """Let one worker have them."""
    return ByPage(config, log)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Link the screenshots, once every worker has written its own."""
    album = session.config.option.results / "screenshots"
    if not hasattr(session.config, "workerinput") and album.exists():
        write_index(album, built.pages(session.config.option.pages))


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

    def make(**reader: Any) -> BrowserContext:
        made.append(new_context(chromium, **reader))
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


@pytest.fixture(scope="session")
def readings(chromium: Browser, home: str) -> Iterator[Reading]:
    reading = Reading(chromium, home)
    yield reading
    reading.close()


@pytest.fixture
def reading(readings: Reading, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """A function like `opened` whose pages stay open for the checks that follow, unless this one fails."""
    failed = request.session.testsfailed
    yield readings.open
    if request.session.testsfailed > failed:
        readings.close()


@pytest.fixture
def blank(readings: Reading) -> Callable[..., Page]:
    """A function that gives a page with nothing on it, of a certain width."""
    return readings.blank


@pytest.fixture(scope="session")
def visits() -> dict[str, Visit]:
    """First visits so far, by page."""
    return {}


@pytest.fixture
def first_visit(
    visits: dict[str, Visit], context: Callable[..., BrowserContext], home: str, pages_folder: Path
) -> Callable[..., Visit]:
    """A function that visits a page with nothing cached, and remembers what it saw unless it is to look again."""

    def first_visit(name: str, again: bool = False) -> Visit:
        if again or name not in visits:
            visits[name] = visit(context(), home + name, home, pages_folder)
        return visits[name]

    return first_visit


@pytest.fixture
def served_page(tmp_path: Path) -> Iterator[Callable[[str], tuple[str, str, Path]]]:
    """A function that serves a page with these words in its body; gives its address, the server's, and the folder."""
    with served(tmp_path) as home:

        def serve(body: str) -> tuple[str, str, Path]:
            (tmp_path / "page.html").write_text(f"<!DOCTYPE html><link rel=icon href=data:,><body>words{body}")
            return f"{home}page.html", home, tmp_path

        yield serve
