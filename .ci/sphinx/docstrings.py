"""What napoleon makes of two kinds of docstring, mended.

It takes the first line of a property's docstring as ``type: description``, also where it is a sentence with a colon. A
leading colon says that there is no type. And where a function returns several things, it puts their list into a
paragraph, which HTML does not allow.
"""

from docutils import nodes


def setup(app):
    """Run before napoleon, whose priority is 500, and again when a page has been read."""
    app.connect("autodoc-process-docstring", sentence, priority=400)
    app.connect("doctree-read", free_lists)
    return {"parallel_read_safe": True, "env_version": 1}  # to raise when pages must be read anew


def sentence(app, what, name, obj, options, lines):
    """Mark the docstring of a property before napoleon reads it."""
    if what in {"attribute", "property"} and lines and ": " in lines[0]:
        lines[0] = ": " + lines[0]


def free_lists(app, doctree):
    """Take each list that is alone in a paragraph out of it; Sphinx has wrapped it once more."""
    for items in list(doctree.findall(nodes.bullet_list)):
        around = items
        while isinstance(around.parent, nodes.inline | nodes.paragraph) and len(around.parent) == 1:
            around = around.parent
        if around is not items:
            around.replace_self(items)
