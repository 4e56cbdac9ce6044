"""The book on paper: what the LaTeX builder makes of pages that were written for the screen.

=============  =====================================================================================
``settings``   the page's size, and the style sheet ``kvbook.sty``
``structure``  title page, parts, chapter numbers, where the bibliography stands
``figures``    drawings become PDF pictures; what moves becomes a few frames
``questions``  questions stay where they are, their answers go to the end of the chapter
``exercises``  hints and solutions go to appendices
``listings``   the colours of code on paper
``tables``     long ones go on on the next page; empty cells
``glyphs``     characters that the fonts lack
``pictures``   SVG to PDF
``markup``     the small pieces that the others write
=============  =====================================================================================

Other builders see nothing of it.
"""


def setup(app):
    """Join in when the builder is LaTeX."""
    from paper import exercises, figures, glyphs, listings, markup, questions, settings, structure, tables

    for part in (settings, markup, figures, questions, exercises, listings, tables, structure, glyphs):
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
