"""Every page as it looks, on a desk and on a phone, light and dark: pictures for people, in `screenshots/`."""

from pathlib import Path

import pytest

from browser.album import LOOKS, file_name, pieces_of, write_index
from browser.pictures import contrast, decoded, pieces
from browser.scripts import put_into
from browser.verdict import no_faults

LEAST_CONTRAST = 30  # of 255: less is a blank page


@pytest.fixture(scope="session")
def album(results_folder: Path) -> Path:
    folder = results_folder / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def photograph(page, name, album):
    """Write every look at an open page into the album; return the faults that can be seen without eyes."""
    faults = []
    for width, scheme in LOOKS:
        for old in pieces_of(album, name, width, scheme):
            old.unlink()
        page.set_viewport_size({"width": width, "height": 900})
        put_into(page, scheme)
        for piece, (top, data) in enumerate(pieces(page)):
            (album / file_name(name, width, scheme, piece)).write_bytes(data)
            if contrast(decoded(data)) < LEAST_CONTRAST:
                faults.append(f"at {width} pixels, {scheme}, nothing is seen from {top} pixels on: see screenshots")
    return faults


def test_every_look(page_name, reading, album):
    no_faults(page_name, photograph(reading(page_name), page_name, album))


def test_the_album_shows_what_is_there(blank, tmp_path):
    page = blank()
    page.set_content("<!DOCTYPE html><p style='margin-top: 6000px'>Words")
    assert "nothing is seen from 0 pixels on" in photograph(page, "book/one.html", tmp_path)[0]
    write_index(tmp_path, ["book/one.html"])
    names = [file_name("book/one.html", width, scheme, piece) for width, scheme in LOOKS for piece in (0, 1)]
    text = (tmp_path / "index.html").read_text()
    assert all((tmp_path / name).stat().st_size > 1000 and f'href="{name}"' in text for name in names)
