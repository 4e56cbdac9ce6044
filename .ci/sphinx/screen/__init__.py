"""How the book stands on a screen: what the pages' markup says beyond what Sphinx's writer and the theme say.

The looks themselves are the style sheets in `book/assets`; the book on paper is the business of `paper`.
"""

from screen import folds, names, search, sections, tables, titles


def setup(app):
    """Join in, part by part."""
    for part in (sections, titles, folds, tables, names, search):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
