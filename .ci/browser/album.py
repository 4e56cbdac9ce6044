"""The screenshots that a run leaves for people to look at, with a page that links them."""

from pathlib import Path

HEAD = '<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><title>Screenshots</title>\n<h1>Screenshots</h1>'
LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]


def file_name(page: str, width: int, scheme: str, piece: int) -> str:
    """Return the name of a picture: a page's, at a width, in the light or in the dark, one of its pieces."""
    return f"{page.removesuffix('.html').replace('/', '-')}-{width}-{scheme}-{piece}.jpg"


def pieces_of(folder: Path, page: str, width: int, scheme: str) -> list[Path]:
    """Return the pictures of one look at a page, from the top down."""
    first = file_name(page, width, scheme, 0)
    return sorted(folder.glob(first.replace("-0.jpg", "-*.jpg")), key=piece)


def piece(path: Path) -> int:
    """Return which piece of its page a picture shows, counted from 0."""
    return int(path.stem.rpartition("-")[2])


def write_index(folder: Path, pages: list[str]) -> None:
    """Write the page that links the pictures."""
    lines = [HEAD]
    for page in pages:
        lines.append(f"<h2>{page}</h2>")
        for width, scheme in LOOKS:
            found = pieces_of(folder, page, width, scheme)
            links = " ".join(f'<a href="{path.name}">{piece(path) + 1}</a>' for path in found)
            lines.append(f"<p>{width} pixels, {scheme}: {links}</p>")
    (folder / "index.html").write_text("\n".join(lines) + "\n", encoding="utf-8")
