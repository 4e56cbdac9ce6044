"""Libraries that only reading real checkpoints needs: imported where used, and missed with a sentence."""

from __future__ import annotations

import importlib
from typing import Any


def need(module: str, purpose: str) -> Any:
    """Import a library of the ``model`` extra, or say what to install.

    Raises
    ------
    ModuleNotFoundError
        With what it is needed for and the line to type.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        library = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != library:
            raise  # it is there, and lacks something of its own
        raise ModuleNotFoundError(
            f'{purpose} needs the library {library}: pip install "kvlab[model]".', name=library
        ) from None
