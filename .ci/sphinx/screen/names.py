"""The names of the theme's buttons, as a screen reader says them and as a reader who speaks to the computer calls them.

A name must have the words that the button shows: the theme names one Search that shows "Search Ctrl+K". And the sign
that unfolds the pages below another has no name at all.
"""

import re
from pathlib import Path

MENDED = {
    r'(<button class="[^"]*search-button-field[^"]*" title="Search") aria-label="Search"': r"\1",
    r'(<a class="[^"]*" href="[^"]*">([^<]+)</a><details[^>]*><summary)(?=><span class="toctree-toggle")': (
        r'\1 aria-label="Pages below \2"'
    ),
}


def setup(app):
    """Join in, once the pages are written; `light` looks at them after that."""
    app.connect("build-finished", mend, priority=300)


def mend(app, exception):
    """Rewrite the buttons of each page."""
    if exception or app.builder.name != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        path.write_text(renamed(path.read_text(encoding="utf-8")), encoding="utf-8")


def renamed(page):
    """A page with the names of its buttons mended."""
    for theirs, ours in MENDED.items():
        page = re.sub(theirs, ours, page)
    return page
