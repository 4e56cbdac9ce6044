"""Numbers that a page computes and its prose shows."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def glue_all(**values: Any) -> None:
    """Make values available to the page's text as ``{glue:text}`name:.1f```.

    Parameters
    ----------
    **values
        NumPy scalars become plain numbers, which is what a format needs. In a notebook they also are in
        `numbers_of_the_page`, from where the text takes them; nothing happens where there is no notebook.
    """
    plain = {name: value.item() if isinstance(value, np.generic) else value for name, value in values.items()}
    if "IPython" in sys.modules and (shell := sys.modules["IPython"].get_ipython()):
        shell.user_ns.setdefault("numbers_of_the_page", {}).update(plain)
    try:
        from myst_nb import glue
    except ImportError:
        return
    for name, value in plain.items():
        glue(name, value, display=False)
