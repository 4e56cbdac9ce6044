"""How a check ends: with nothing, or with one line for each fault."""

from collections.abc import Sequence

import pytest

MANY = 30  # more lines than this nobody reads


def no_faults(where: str, faults: Sequence[str]) -> None:
    """Fail if there are faults, with a line for each that begins with the page."""
    if faults:
        lines = list(dict.fromkeys(f"{where}: {fault}" for fault in faults))
        rest = [f"... and {len(lines) - MANY} more"] * (len(lines) > MANY)
        pytest.fail("\n".join([*lines[:MANY], *rest]), pytrace=False)
