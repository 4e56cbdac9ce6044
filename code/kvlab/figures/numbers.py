"""Numbers that a page computes and its prose shows."""

from __future__ import annotations

from typing import Any

import numpy as np


def glue_all(**values: Any) -> None:
    """Make values available to the page's text as ``{glue:text}`name:.1f```.

    Parameters
    ----------
    **values
        NumPy scalars become plain numbers, which is what a format needs. Where the book's tools are not
        installed, in a notebook for example, nothing happens: prose is not computed there.
    """
    try:
        from myst_nb import glue
    except ImportError:
        return
    for name, value in values.items():
        glue(name, value.item() if isinstance(value, np.generic) else value, display=False)
