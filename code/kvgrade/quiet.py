"""While an answer runs: what it prints is kept back, and it has nothing to read."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator

KEPT_OUTPUT = 2000  # characters of what an answer prints


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Collect the beginning of what is printed meanwhile; warnings are not shown."""
    kept, stdin = _Capped(), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(kept), contextlib.redirect_stderr(kept), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield kept
    finally:
        sys.stdin = stdin


class _Capped(io.StringIO):
    """Keeps the first characters that are written and swallows the flood behind them."""

    def write(self, text: str) -> int:
        room = KEPT_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)
