"""The pages that are found without a link: the address of the whole book, addresses that do not exist, the site map.

The front page is written twice, at book/index.html and at the top: who types the book's address gets the page, not a
blank one that leads to it. A missing page may be asked for at any depth, so 404.html names everything from the top.
"""

import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit

RELATIVE = re.compile(r'(\s(?:href|src|action|data-content_root)=")([^"]*)(")')
NOT_FOUND = """\
<section>
<h1>There is no page here</h1>
<p>The address may be mistyped, or the page has moved. <a href="index.html">The first page</a> leads to all others,
and the search finds words in them.</p>
</section>
"""


def setup(app):
    """Write one page with the others, and the rest when all are there."""
    app.connect("html-collect-pages", not_found)
    app.connect("build-finished", finish, priority=400)  # before an extension writes a redirect to the front page
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def not_found(app):
    """The page for addresses that do not exist."""
    return [("404", {"title": "Page not found", "body": NOT_FOUND}, "page.html")]


def finish(app, exception):
    """Write what depends on finished pages."""
    if exception or app.builder.name != "html":
        return
    pages, address = Path(app.outdir), app.config.html_baseurl
    front = f"{app.config.root_doc}.html"
    folder = posixpath.dirname(front)
    text = with_one_title((pages / front).read_text(encoding="utf-8"))
    write(pages / front, text)
    write(pages / "index.html", rebased(text, lambda path: posixpath.join(folder, path)))
    top = urlsplit(address).path or "/"
    lost = pages / "404.html"
    write(lost, rebased(lost.read_text(encoding="utf-8"), lambda path: posixpath.join(top, path)))
    for name in ("sitemap.xml", "robots.txt"):
        (pages / name).unlink(missing_ok=True)  # an earlier build may have had an address
    if address:
        names = [name for name in sorted(app.env.found_docs) if name != app.config.root_doc]
        write(pages / "sitemap.xml", sitemap([address, *(f"{address}{name}.html" for name in names)]))
        write(pages / "robots.txt", f"User-agent: *\nAllow: /\nSitemap: {address}sitemap.xml\n")


def with_one_title(page):
    """The front page, whose title is the book's, without the book's title after it."""
    return re.sub(r"<title>(.+?) (?:&#8212;|—) \1</title>", r"<title>\1</title>", page)


def rebased(page, move):
    """A page with every relative address in it moved."""

    def moved(match):
        before, address, after = match.groups()
        if not address or address.startswith(("#", "/")) or urlsplit(address).scheme:
            return match[0]
        path, rest = re.fullmatch(r"([^?#]*)(.*)", address, re.DOTALL).groups()
        place = posixpath.normpath(move(path)) + "/" * path.endswith("/")
        return before + ("./" if place == "./" else place) + rest + after

    return RELATIVE.sub(moved, page)


def sitemap(addresses):
    """The list of pages that search engines read."""
    entries = "".join(f"<url><loc>{address}</loc></url>\n" for address in addresses)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
    )


def write(path, text):
    """Write a text file."""
    path.write_text(text, encoding="utf-8")
