"""`Wrong`, the one way to fail, and `given`, which says on which input."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator


class Wrong(Exception):
    """An answer is wrong: a headline of a few words, and lines that show it on the smallest input."""

    def __init__(self, headline: str, *lines: str) -> None:
        super().__init__(headline)
        self.headline = headline
        self.lines = list(lines)


@contextlib.contextmanager
def given(case: str) -> Iterator[None]:
    """Say what the input is; it becomes the first line below whatever goes wrong inside."""
    try:
        yield
    except Wrong as wrong:
        wrong.lines.insert(0, case)
        raise
    except BaseException as error:  # an answer may also exit
        BaseException.add_note(error, case)  # not error.add_note, which an answer's own class may have replaced
        raise
