"""The chapters as notebooks that run: what JupyterLab needs beside the book, on your machine and on Binder.

A chapter is a text file whose roles and directives Sphinx understands. JupyterLab's renderer knows some of them; for
the others it would show nothing where the book shows code, and names where it shows numbers. So a chapter is made
ready when it is opened, and what was made is taken back when it is saved: the file stays the book's.

A reading path, one line a file:

    includes    the part of a file that the book would show
    citations   the bibliography's entries in a few words
    directives  glossaries, solutions and the like, as text that JupyterLab knows
    prose       a page's text, with what JupyterLab does not know written out
    notebook    a whole page: made ready, and taken back
    contents    the place where JupyterLab opens and saves files
    numbers     numbers in the text: what the page's cells have computed so far; numbers.js has them shown
    settings    what is written into an environment, once: ``python -m kvlive``
"""

from __future__ import annotations

from kvlive.numbers import number

__all__ = ["number"]
