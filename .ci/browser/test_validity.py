"""Every page is valid HTML, as vnu, the checker of the W3C, reads the standard."""

import json
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browser import built
from browser.known import Complaint, Known, stale, unknown
from browser.prepare import checkers, java
from browser.verdict import no_faults

THEIRS: tuple[Known, ...] = ()  # the build mends what the theme and its extensions write wrongly


def validate(paths) -> list[dict]:
    """Run vnu over files; return its messages about errors."""
    jar = checkers() / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = [java(), "-jar", jar, "--errors-only", "--format", "json", "--stdout", *paths]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert not done.stderr.strip(), f"vnu itself failed: {done.stderr}"
    return json.loads(done.stdout)["messages"]


def complaint(message, folder) -> Complaint:
    place = f"line {message.get('lastLine', '?')}"
    name = Path(unquote(urlsplit(message["url"]).path)).relative_to(folder).as_posix()
    return Complaint(name, message["message"], " ".join(message.get("extract", "").split()), place)


@pytest.fixture(scope="module")
def complaints(pages_folder):
    """What vnu says of all pages at once: starting it takes longer than a page."""
    messages = validate([pages_folder / name for name in built.files(pages_folder)])
    return [complaint(message, pages_folder) for message in messages]


def test_a_page_is_valid(page_name, complaints):
    no_faults(page_name, unknown([one for one in complaints if one.page == page_name], THEIRS))


def test_the_page_for_missing_pages_is_valid(complaints):
    no_faults("404.html", unknown([one for one in complaints if one.page == "404.html"], THEIRS))


def test_every_entry_of_the_table_still_occurs(complaints):
    no_faults("THEIRS", stale(complaints, THEIRS))


def test_vnu_notices_what_is_wrong(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><html lang='en'><title>t</title><p id=a>x<p id=a>y<table><p>z</table>")
    first = validate([page])[0]
    assert first["message"].startswith("Duplicate ID")
    assert complaint(first, tmp_path).page == "page.html"
