"""Numbers in the text: what the page's cells have computed so far.

A page's cells leave their numbers in the notebook under `numbers_of_the_page`, by `kvlab.figures.numbers`. The text
asks for them with an expression; after each cell `numbers.js` has the kernel evaluate it again.
"""

from __future__ import annotations

from kvlive.prose import WAITING


def number(name: str, form: str = "") -> str:
    """Return a number in the words of the text, or a sign that it has not been computed yet.

    Parameters
    ----------
    name, form : str
        As in ``{glue:text}`name:form```.
    """
    from IPython import get_ipython

    values = get_ipython().user_ns.get("numbers_of_the_page", {})
    return format(values[name], form) if name in values else WAITING
