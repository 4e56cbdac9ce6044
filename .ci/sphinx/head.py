"""What a page says about itself to search engines, social networks and browser tabs.

The address under which the pages are published is `html: baseurl:` in _config.yml, or KVLAB_ADDRESS where that is set,
as in CI. What needs it (canonical links, the picture of a shared link) is left out while it is not known.
"""

import os
import re
from html import escape
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.errors import ConfigError

LONG_ENOUGH, TOO_LONG = 70, 300  # characters of a description
WITHOUT_TEXT = {
    "genindex": "Every term and name that the book defines, in alphabetical order.",
    "py-modindex": "The modules of the package that the book builds.",
    "search": "Search the book.",
    "404": "There is no page at this address.",
}
UNLISTED = {"404", "search"}  # pages that no one should find by searching
CARD = ("_static/social-card.png", 1200, 630)
PAPER = {"light": "#ffffff", "dark": "#121212"}  # the theme's page, which a phone's browser continues above it


def setup(app):
    """Settle the address before anything is built, and complete the head of each page."""
    app.connect("config-inited", settle_address)
    app.connect("html-page-context", complete_head)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def settle_address(app, config):
    """Let the environment win over the file, and end the address with a slash."""
    address = os.environ.get("KVLAB_ADDRESS") or config.html_baseurl
    if address and (urlsplit(address).scheme not in {"http", "https"} or not urlsplit(address).netloc):
        raise ConfigError(f"the pages' address is {address!r}; it must begin with https:// or be left empty")
    config.html_baseurl = address.rstrip("/") + "/" if address else ""


def complete_head(app, pagename, templatename, context, doctree):
    """Add the tags of one page."""
    listed = pagename not in UNLISTED
    if context.get("pageurl"):  # Sphinx has set it if it knows the address
        context["pageurl"] = page_address(app.config, pagename) if listed else None
    title = re.sub(r"<[^>]+>", "", context.get("title") or "") or app.config.html_title
    given = given_description(doctree)
    own = description(doctree) if doctree else WITHOUT_TEXT.get(pagename)
    text = given or own or f"{title}: a page of “{app.config.html_title}”"
    context["metatags"] = "\n    ".join([
        context.get("metatags", "").replace(VIEWPORT, ""),
        *([] if given else [meta("name", "description", text)]),
        *(sharing(app.config, pagename, title, text) if listed else [meta("name", "robots", "noindex")]),
        *browser(context["pathto"]),
    ])  # fmt: skip


VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'  # the theme has it as well


def page_address(config, pagename):
    """Where a page is published; the front page is at the top."""
    return config.html_baseurl + ("" if pagename == config.root_doc else f"{pagename}.html")


def meta(kind, name, content):
    """One tag."""
    return f'<meta {kind}="{name}" content="{escape(content)}" />'


def sharing(config, pagename, title, text):
    """What a social network shows of a link to this page."""
    tags = {
        "og:type": "website" if pagename == config.root_doc else "article",
        "og:site_name": config.html_title,
        "og:title": title,
        "og:description": text,
    }
    if config.html_baseurl:
        picture, width, height = CARD
        tags |= {
            "og:url": page_address(config, pagename),
            "og:image": config.html_baseurl + picture,
            "og:image:width": str(width),
            "og:image:height": str(height),
            "og:image:alt": "A triangle of squares, of which only the diagonal was needed",
        }
    card = "summary_large_image" if config.html_baseurl else "summary"
    return [meta("property", name, value) for name, value in tags.items()] + [meta("name", "twitter:card", card)]


def browser(pathto):
    """Icons for browsers that do not take the SVG, and the colour around the page."""
    colours = [
        f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {theme})" />'
        for theme, colour in PAPER.items()
    ]
    return [
        f'<link rel="icon" type="image/png" sizes="32x32" href="{pathto("_static/favicon.png", 1)}" />',
        f'<link rel="apple-touch-icon" href="{pathto("_static/apple-touch-icon.png", 1)}" />',
        *colours,
    ]


# ---- descriptions


def given_description(doctree):
    """What a page's front matter gives: `myst: {html_meta: {description: …}}`; Sphinx writes the tag itself."""
    tags = doctree.findall(nodes.meta) if doctree else []
    return next((tag["content"] for tag in tags if tag.get("name") == "description"), "")


def description(doctree):
    """The first sentences of a page's own text."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section) and has_plain_words(paragraph):
            return shortened(paragraph.astext())
    return ""


def has_plain_words(paragraph):
    """Whether there is more than words in italics and names in code, as in the line that names a chapter's module."""
    return any(re.search(r"\w{4}", child.astext()) for child in paragraph if isinstance(child, nodes.Text))


def shortened(text):
    """Whole sentences up to a length that search engines show, or a part of a very long one."""
    sentences = re.split(r"(?<=[.?!])\s+(?=[A-Z“\"])", " ".join(text.split()))
    short = sentences[0]
    for sentence in sentences[1:]:
        if len(short) >= LONG_ENOUGH or len(short) + len(sentence) > TOO_LONG:
            break
        short += " " + sentence
    return short if len(short) <= TOO_LONG else short[: TOO_LONG - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
