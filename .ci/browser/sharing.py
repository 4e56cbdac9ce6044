"""Which checks follow each other on one worker: those of a page, so that they can share an open page.

Groups of pytest-xdist would say the same, but with pytest 9.2 its `--dist loadgroup` no longer finds them.
"""

import functools
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

from browser import built

VISITS = ("test_weight.py", "test_over_http")  # what the first visits have seen is looked at twice


def group(nodeid: str, names: list[str]) -> str:
    """Return the page that a check is about; those that look at all pages, or at none, go by their file."""
    path, _, check = nodeid.partition("::")
    file = Path(path).name
    if file in VISITS or check.startswith(VISITS):
        return "visits"
    about = [name for name in names if check.partition("[")[2].startswith(name)]
    return max(about, key=len) if about and file != "test_validity.py" else file


class ByPage(LoadScopeScheduling):
    """Hands a worker all the checks of a page at once."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid, names_of(self.config.option.pages))


@functools.cache
def names_of(folder: Path) -> list[str]:
    """Return the pages as the names of checks have them."""
    return [name.removesuffix(".html") for name in built.pages(folder)]
