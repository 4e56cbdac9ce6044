"""What the pages point to, proved on a small book with the project's own settings and extensions.

`.venv/bin/python .ci/address_proof.py` builds it as a stranger's fork on each forge, as a copy without a repository,
and with settings and icons that are wrong. It needs what `make book` has installed and fetched.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / ".ci"))

from tools.environment import PYTHON, clean_env  # noqa: E402
from tools.npm import assets, node_folder  # noqa: E402

TOC = "format: jb-book\nroot: book/index\nchapters:\n  - file: book/01-one\n"
HEAD = "---\nkernelspec: {name: python3, display_name: Python 3}\n---\n\n"
INDEX = (
    "# KV caching, from scratch to serving\n\n"
    "Words enough. In a {repository}`clone of it`, type\n\n```{clone}\nmake book\n```\n"
)
ONE = "# One\n\nThe first sentence of the page is what others see of it.\n"
ELSEWHERE = re.compile(r'\shref="(https?://[^"]+)"')


def small_book(folder, page):
    """Write a book of two pages, with the project's settings, extensions and assets."""
    shutil.copytree(ROOT / ".ci", folder / ".ci", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "book" / "assets", folder / "book" / "assets")
    shutil.copy(ROOT / "book" / "references.bib", folder / "book")
    (folder / "_build").mkdir()
    for name in ("assets", "npm"):
        (folder / "_build" / name).symlink_to(ROOT / "_build" / name)
    settings = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (folder / "_config.yml").write_text(settings.replace("execute_notebooks: cache", 'execute_notebooks: "off"'))
    (folder / "_toc.yml").write_text(TOC)
    (folder / "book" / "index.md").write_text(INDEX)
    (folder / "book" / "01-one.md").write_text(HEAD + page)


def built(folder, address=""):
    """Build a book strictly; return the exit status and what was said."""
    path = os.pathsep.join([node_folder(), clean_env()["PATH"]])
    environment = clean_env(PATH=path, KVLAB_ADDRESS=address, PYTHONPATH=str(ROOT / "code"))
    command = [PYTHON.parent / "jupyter-book", "build", ".", "-W", "--keep-going", "-n", "--path-output", "."]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


def remote(folder, url):
    """Make a folder a repository whose origin is somewhere, or else no repository."""
    shutil.rmtree(folder / ".git", ignore_errors=True)
    if url:
        subprocess.run(["git", "init", "--quiet", "--initial-branch=main", folder], check=True)
        subprocess.run(["git", "-C", folder, "remote", "add", "origin", url], check=True)


def page(folder, name):
    """A built page."""
    return (folder / "_build" / "html" / name).read_text(encoding="utf-8")


def links(text):
    """The addresses of other hosts on a page."""
    return {unescape(address) for address in ELSEWHERE.findall(text)}


FORKS = {
    "https://github.com/someone/fork": {
        "https://github.com/someone/fork",
        "https://github.com/someone/fork/edit/main/book/01-one.md",
        "https://github.com/someone/fork/issues/new?title=One%20%28book%2F01-one.md%29",
        "https://mybinder.org/v2/gh/someone/fork/main?urlpath=lab/tree/book/01-one.md",
    },
    "git@gitlab.com:group/part/fork.git": {
        "https://gitlab.com/group/part/fork",
        "https://gitlab.com/group/part/fork/-/edit/main/book/01-one.md",
        "https://gitlab.com/group/part/fork/-/issues/new?issue[title]=One%20%28book%2F01-one.md%29",
        "https://mybinder.org/v2/gl/group%2Fpart%2Ffork/main?urlpath=lab/tree/book/01-one.md",
    },
    "ssh://git@codeberg.org/someone/fork.git": {
        "https://codeberg.org/someone/fork",
        "https://codeberg.org/someone/fork/_edit/main/book/01-one.md",
        "https://codeberg.org/someone/fork/issues/new?title=One%20%28book%2F01-one.md%29",
        "https://mybinder.org/v2/git/https%3A%2F%2Fcodeberg.org%2Fsomeone%2Ffork/main?urlpath=lab/tree/book/01-one.md",
    },
}
THEMES = {"https://sphinx-book-theme.readthedocs.io", "https://ebp.jupyterbook.org"}


def fork(folder, url, wanted):
    """A fork's pages point to the fork."""
    remote(folder, url)
    status, said = built(folder)
    assert status == 0, said
    repository = min(wanted, key=len)
    assert links(page(folder, "book/01-one.html")) - THEMES == wanted, links(page(folder, "book/01-one.html"))
    front = page(folder, "index.html")
    assert f'<a class="reference external" href="{repository}">clone of it</a>' in front
    clone = re.sub(r"<[^>]+>", "", front)
    assert f"git clone {repository}\ncd fork\nmake book" in clone


def published(folder):
    """With an address, pages say it: in links, in cards, in the site map, and on the page for what is not there."""
    remote(folder, "https://github.com/someone/fork")
    status, said = built(folder, "https://someone.github.io/fork")
    assert status == 0, said
    one = page(folder, "book/01-one.html")
    for tag in (
        '<link rel="canonical" href="https://someone.github.io/fork/book/01-one.html" />',
        '<meta name="description" content="The first sentence of the page is what others see of it." />',
        '<meta property="og:url" content="https://someone.github.io/fork/book/01-one.html" />',
        '<meta property="og:image" content="https://someone.github.io/fork/_static/social-card.png" />',
        '<meta name="twitter:card" content="summary_large_image" />',
    ):
        assert one.count(tag) == 1, tag
    for name in ("index.html", "book/index.html"):
        assert '<link rel="canonical" href="https://someone.github.io/fork/" />' in page(folder, name)
        assert "<title>KV caching, from scratch to serving</title>" in page(folder, name)
    assert 'href="/fork/book/01-one.html"' in page(folder, "404.html")
    assert not re.search(r'\s(?:href|src)="(?![#/]|https?:|data:)', page(folder, "404.html"))
    assert "<loc>https://someone.github.io/fork/book/01-one.html</loc>" in page(folder, "sitemap.xml")
    assert "Sitemap: https://someone.github.io/fork/sitemap.xml" in page(folder, "robots.txt")


def alone(folder, origin):
    """Without an address of anything, pages point nowhere else, and make none up."""
    remote(folder, origin)
    status, said = built(folder)
    assert status == 0, said
    for name in ("index.html", "book/index.html", "book/01-one.html", "404.html", "search.html"):
        text = page(folder, name)
        assert not links(text) - THEMES, (name, links(text))
        assert not re.search(r"canonical|og:url|og:image|mybinder|executablebooks|thebe|fontawesome\.js", text), name
    front = re.sub(r"<[^>]+>", "", page(folder, "index.html"))
    assert "In a clone of it, type" in front and "git clone" not in front
    assert 'href="book/01-one.html"' in page(folder, "index.html") and "http-equiv" not in page(folder, "index.html")
    assert not (folder / "_build" / "html" / "sitemap.xml").exists()


def refused(folder, change, words, address=""):
    """A wrong setting or page ends the build, with a sentence that says what is wrong."""
    status, said = change(folder) or built(folder, address)
    assert status != 0 and words in " ".join(said.split()), said


def wrong_repository(folder):
    """Name a repository on no forge."""
    path = folder / "_config.yml"
    path.write_text(path.read_text().replace('  url: ""', "  url: https://example.org/x/y"))


def wrong_icon(folder):
    """Show an icon that does not exist."""
    (folder / "book" / "01-one.md").write_text(HEAD + ONE + '\n<i class="fas fa-no-such-thing"></i>\n')


def main():
    """Build the small book in every way."""
    assets()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        small_book(folder, ONE)
        for url, wanted in FORKS.items():
            fork(folder, url, wanted)
            print(f"a fork at {url}: its buttons and links lead there")
        published(folder)
        print("published: canonical links, cards, site map and 404.html have the address")
        for origin in ("", "/srv/git/fork.git"):
            alone(folder, origin)
            print(f"origin {origin or 'absent'}: no buttons, no links, no address")
        refused(folder, lambda folder: None, "it must begin with https://", address="someone.github.io/fork")
        refused(folder, wrong_icon, "the solid icon fa-no-such-thing, which Font Awesome does not have")
        refused(folder, wrong_repository, "give an address on GitHub, GitLab or Codeberg")
        print("a wrong address, a wrong icon, a wrong setting: refused, in a sentence")


if __name__ == "__main__":
    main()
