"""What the checks share: one image, one JupyterLab and one browser for all of them."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from binder.image import Image
from binder.lab import Notebook
from binder.server import Server, serving
from browser import prepare
from tools.environment import BUILD, ROOT
from tools.say import Trouble

ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 30_000
END_ALL = """() => globalThis.jupyterapp && Promise.all(
  ["sessions", "terminals"].map((kind) => jupyterapp.serviceManager[kind].shutdownAll())).then(() => null)"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pages", default="", help="only these, as the beginnings of their names: 00,03 (all)")
    parser.addoption("--image", type=Path, help="a folder: built there once, used again by later runs (scratch)")
    parser.addoption("--screenshots", type=Path, default=BUILD / "screenshots" / "binder", help="where they go")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a check once for every page that has cells."""
    if "page_name" in metafunc.fixturenames:
        chosen = tuple(metafunc.config.option.pages.split(","))
        metafunc.parametrize("page_name", [name for name in pages_with_cells() if name.startswith(chosen)])


def pages_with_cells() -> list[str]:
    """Return the names of the book's pages that run, without their endings."""
    return sorted(path.stem for path in (ROOT / "book").glob("*.md") if "{code-cell}" in path.read_text("utf-8"))


@pytest.fixture(scope="session")
def measures(pytestconfig: pytest.Config) -> dict[str, list[str]]:
    """Rows of the tables that stand at the end."""
    return pytestconfig.stash.setdefault(TABLES, {})


TABLES = pytest.StashKey[dict[str, list[str]]]()


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for title, rows in config.stash.get(TABLES, {}).items():
        terminalreporter.section(title)
        for row in rows:
            terminalreporter.write_line(row)


@pytest.fixture(scope="session")
def image(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config, measures: dict[str, list[str]]
) -> Image:
    built = Image(pytestconfig.option.image or tmp_path_factory.mktemp("binder"))
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled(), ending_all():
        print()
        built.build()
    measures["Size on disk"] = [f"{name:<10} {value:6.0f} MB" for name, value in built.megabytes().items()]
    return built


@pytest.fixture(scope="session")
def server(image: Image, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with ending_all(), serving(image, tmp_path_factory.mktemp("server") / "jupyter.log") as running:
        yield running


@contextlib.contextmanager
def ending_all() -> Iterator[None]:
    """End the whole run with the sentence of a trouble: without an image and a server there is nothing to check."""
    try:
        yield
    except Trouble as trouble:
        pytest.exit(str(trouble), returncode=1)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=prepare.chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def reader(chromium: Browser) -> Iterator[Page]:
    """A new reader, who has nothing open yet; the kernels and terminals that it starts end with the check."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    yield page
    page.evaluate(END_ALL)
    context.close()


@pytest.fixture
def opened(reader: Page, server: Server) -> Callable[[str], Notebook]:
    """A function that opens a page as Binder's button does."""
    return lambda path: Notebook(reader, server, path)


@pytest.fixture
def photograph(reader: Page, pytestconfig: pytest.Config) -> Callable[[str], None]:
    """A function that keeps a screenshot."""
    folder: Path = pytestconfig.option.screenshots

    def keep(name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        reader.screenshot(path=folder / f"{name}.png")

    return keep
