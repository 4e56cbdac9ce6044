"""Every page as it looks, on a desk and on a phone, light and dark: pictures for people, in `screenshots/`."""

from pathlib import Path

import pytest
from PIL import Image

from browser import built
from browser.verdict import no_faults

LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
TALLEST = 5000  # pixels in one picture; the browser is slow at taller ones, and repeats itself in some


@pytest.fixture(scope="session")
def album(results_folder: Path) -> Path:
    folder = results_folder / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def file_name(page_name, width, scheme, part):
    return f"{page_name.removesuffix('.html').replace('/', '-')}-{width}-{scheme}-{part}.jpg"


def test_every_look(page_name, opened, album):
    page = opened(page_name)
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(height, TALLEST)})
        for part, top in enumerate(range(0, height, TALLEST)):
            page.evaluate(f"scrollTo({{ top: {top}, behavior: 'instant' }})")
            path = album / file_name(page_name, width, scheme, part)
            page.screenshot(path=path, type="jpeg", quality=55, animations="disabled")
            if one_colour(path):
                no_faults(page_name, [f"at {width} pixels, {scheme}, nothing is seen from {top} pixels on: see {path}"])


def one_colour(path):
    """Tell whether nothing is drawn in a picture."""
    with Image.open(path) as picture:
        return all(high - low < 30 for low, high in picture.convert("RGB").getextrema())


def test_the_album_has_an_index(pages_folder, album):
    lines = [HEAD]
    for name in built.pages(pages_folder):
        lines.append(f"<h2>{name}</h2>")
        for width, scheme in LOOKS:
            first = file_name(name, width, scheme, 0)
            parts = sorted((path.name for path in album.glob(first.replace("-0.jpg", "-*.jpg"))), key=number)
            links = " ".join(f'<a href="{part}">{number(part) + 1}</a>' for part in parts)
            lines.append(f"<p>{width} pixels, {scheme}: {links}</p>")
    (album / "index.html").write_text("\n".join(lines) + "\n", encoding="utf-8")


HEAD = '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Screenshots</title>\n<h1>Screenshots</h1>'


def number(file):
    """Return which part of its page a picture shows, counted from 0."""
    return int(Path(file).stem.rpartition("-")[2])
