"""Which scripts and style sheets a page links: those that it has a use for, each once.

The extensions that Jupyter Book loads add their files to every page, used or not, and some add them twice. Thebe, which
would run cells on another host's machine, is off in this book; its extension would still write a script into each page.
"""

import re

# Files of which only some pages have need, by the beginnings of their names, and what is in the body of such a page.
NEEDED_BY = {
    "sphinx-thebe": r"(?!)",
    "design-tabs": r"sd-tab-set",
    "sphinx-design": r'class="[^"]*sd-',
    "exercise.css": r'class="[^"]*(exercise|solution)',
    "proof.css": r'class="[^"]*proof',
    "mystnb.": r'class="[^"]*(cell|output)',
    "katex": r'class="katex',
    "togglebutton": r'class="[^"]*(toggle|dropdown)',
    "clipboard": r"<pre",
    "copybutton": r"<pre",
}
# These may wait until the page is there. Scripts that others build on as they load stay as they are.
CAN_WAIT = {
    "doctools.js",
    "sphinx_highlight.js",
    "clipboard.min.js",
    "copybutton.js",
    "togglebutton.js",
    "design-tabs.js",
    "scripts/sphinx-book-theme.js",
}

# Before anything is drawn: the colours that the reader chose, or else those of their system. The theme's own script
# sets them at the end of the page, when a dark screen has lit up already, and it complains where nothing was chosen.
THEME_FIRST = (
    "{const d=document.documentElement.dataset;d.mode||='auto';"
    "if(d.mode==='auto'||!d.theme)d.theme=matchMedia('(prefers-color-scheme: dark)').matches?'dark':'light'}"
)


def setup(app):
    """Switch Thebe off, and look at each page's files after all others have added theirs."""
    for name, listeners in app.events.listeners.items():
        app.events.listeners[name] = [one for one in listeners if is_kept(one.handler)]
    app.add_js_file(None, body=THEME_FIRST, priority=1)
    app.connect("html-page-context", choose, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def is_kept(handler):
    """Whether a function that listens to the build is another's than Thebe's."""
    return getattr(handler, "__module__", "") != "sphinx_thebe"


def choose(app, pagename, templatename, context, doctree):
    """Keep what this page has a use for."""
    body = context.get("body", "")
    search = pagename == "search"  # its scripts call each other while they load
    scripts = once(script for script in context["script_files"] if is_needed(script, body))
    context["script_files"] = scripts if search else [patient(script) for script in scripts]
    context["css_files"] = once(style for style in context["css_files"] if is_needed(style, body))


def is_needed(asset, body):
    """Whether a page with this body has a use for a file."""
    marks = [mark for start, mark in NEEDED_BY.items() if name_of(asset).startswith(start)]
    return all(re.search(mark, body) for mark in marks)


def name_of(asset):
    """Where a file lies below `_static`; nothing for lines of script."""
    return str(asset.filename or "").removeprefix("_static/")


def once(assets):
    """Drop what is there already: the same file, or the same lines of script."""
    seen = set()
    kept = []
    for asset in assets:
        key = (name_of(asset), asset.attributes.get("body"))
        if key not in seen:
            kept.append(asset)
            seen.add(key)
    return kept


def patient(script):
    """The same script, fetched while the page is drawn and run after that, if it can wait."""
    if name_of(script) not in CAN_WAIT:
        return script
    return type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})
