"""The files below `_static`: which of them go, and how pages name those that stay."""

import hashlib
import re
import shutil

UNUSED = (
    "**/*.map",
    "**/*.LICENSE.txt",
    "**/*webpack-macros.html",
    "sphinx-thebe.*",
    "images/logo_[cdj]*",
    "katex/fonts",
    "katex/seal",
    "locales",
    "vendor",
    "readme.png",
)
LINKED = re.compile(r'((?:href|src)="[^":?]*?)(_static/[^"?#]+)(?:\?[^"#]*)?(?=")')


def digest(*places):
    """What tells these files, and all that lie in these folders, from any others; Python's own caches left out.

    A place where nothing is differs from an empty one.
    """
    found = hashlib.sha256()
    for place in places:
        found.update(f"{place.exists()}\n".encode())
        inside = [path for path in place.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        for path in [place] if place.is_file() else sorted(inside):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            found.update(f"{path.relative_to(place).as_posix()} {content}\n".encode())
    return found.hexdigest()


def stamped(page, pages):
    """A page whose links to files carry a mark of what is in them, so that no browser keeps an older one."""

    def mark(match):
        file = pages / match[2]
        if not file.is_file():
            return match[0]
        return f"{match[1]}{match[2]}?v={hashlib.sha256(file.read_bytes()).hexdigest()[:8]}"

    return LINKED.sub(mark, page)


def absent(page, pages):
    """The files that a page links and that do not exist."""
    return [name for _, name in LINKED.findall(page) if not (pages / name).is_file()]


def rewrite(path, change):
    """Change a text file."""
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


def remove(folder, patterns):
    """Remove files and folders."""
    for path in [path for pattern in patterns for path in folder.glob(pattern)]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
