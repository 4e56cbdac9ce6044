"""A control that recomputes, where a live kernel can; where none can, the page says what it would do."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from typing import Any

from kvlab.figures.page import linked


def playground(compute: Callable[..., Any], *, offers: str, **controls: Any) -> Any:
    """Offer a computation to play with in a live notebook.

    Parameters
    ----------
    compute : callable
        Called with the controls' values each time the reader asks; what it returns is displayed.
    offers : str
        What can be tried, in words: shown on the built page, where no kernel runs.
    **controls
        As for ``ipywidgets.interact_manual``: ranges as tuples, choices as lists, texts as strings.

    Returns
    -------
    object
        Something to leave as a cell's last expression.
    """
    if not _live():
        display: Any = importlib.import_module("IPython.display")  # untyped, and absent where tests are typed
        return display.Markdown(f"*In a live notebook, this cell lets you {offers}.*")
    import ipywidgets

    ipywidgets.interact_manual(compute, **controls)
    return None


def _live() -> bool:
    """Whether a notebook is there that can send values back."""
    if linked() or "ipykernel" not in sys.modules:
        return False
    return importlib.util.find_spec("ipywidgets") is not None
