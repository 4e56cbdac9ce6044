"""Link the figures' script on the pages that show a figure or ask a question, and on no other."""


def setup(app):
    """Look at each page when it is written."""
    app.connect("html-page-context", link)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def link(app, pagename, templatename, context, doctree):
    """Add the script to one page; Sphinx forgets it again for the next."""
    if 'class="kv-' in context.get("body", ""):
        app.add_js_file("figures.js")
