"""Every page is valid HTML, as vnu, the checker of the W3C, reads the standard."""

import json
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import built
from browser.prepare import VNU, checkers, java
from browser.verdict import no_faults


def validate(paths) -> list[dict]:
    """Run vnu over files; return its messages about errors."""
    command = [java(), "-jar", checkers() / VNU, "--errors-only", "--format", "json", "--stdout", *paths]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert not done.stderr.strip(), f"vnu itself failed: {done.stderr}"
    return json.loads(done.stdout)["messages"]


def name_of(message, folder) -> str:
    """Return the name of the page that a message is about."""
    return Path(unquote(urlsplit(message["url"]).path)).relative_to(folder).as_posix()


def sentence(message) -> str:
    """Return what vnu says, with the place."""
    extract = " ".join(message.get("extract", "").split())
    return f"line {message.get('lastLine', '?')}, at {extract[:160]}: {message['message']}"


@pytest.fixture(scope="module")
def said(pages_folder):
    """What vnu says of each page: starting it takes longer than reading one, so it reads all of them at once."""
    faults = {name: [] for name in built.files(pages_folder)}
    for message in validate([pages_folder / name for name in faults]):
        faults[name_of(message, pages_folder)].append(sentence(message))
    return faults


def test_a_page_is_valid(page_name, said):
    no_faults(page_name, said[page_name])


def test_the_page_for_missing_pages_is_valid(said):
    no_faults("404.html", said["404.html"])


def test_vnu_notices_what_is_wrong(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><html lang='en'><title>t</title><p id=a>x<p id=a>y<table><p>z</table>")
    first = validate([page])[0]
    assert first["message"].startswith("Duplicate ID")
    assert name_of(first, tmp_path) == "page.html"
    assert sentence(first).startswith("line 1, at ")
