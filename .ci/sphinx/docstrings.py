"""A property's docstring is a sentence: keep what stands before its colon from being read as a type.

napoleon takes the first line of a property's docstring as ``type: description``. A leading colon says that
there is no type.
"""


def sentence(app, what, name, obj, options, lines):
    """Mark the docstring of a property before napoleon reads it."""
    if what in {"attribute", "property"} and lines and ": " in lines[0]:
        lines[0] = ": " + lines[0]


def setup(app):
    """Run before napoleon, whose priority is 500."""
    app.connect("autodoc-process-docstring", sentence, priority=400)
    return {"parallel_read_safe": True}
