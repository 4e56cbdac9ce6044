"""What the checkers complain of and we cannot mend: it is the theme's or an extension's, and each has its reason.

An entry that no longer occurs is an error too: the table must not hide a fault that someone makes later.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple


class Known(NamedTuple):
    """One kind of complaint.

    `rule` is the checker's name for it, or for HTML the pattern of its message; `element` a pattern that its
    place, as HTML, must match; `pages` a pattern for the pages.
    """

    rule: str
    element: str
    reason: str
    pages: str = ".*"

    def covers(self, rule: str, element: str, page: str) -> bool:
        asked = ((self.rule, rule), (self.element, element), (self.pages, page))
        return all(re.search(pattern, text) for pattern, text in asked)


class Complaint(NamedTuple):
    """What a checker says of one element of a page."""

    page: str
    rule: str
    element: str
    words: str

    def __str__(self) -> str:
        return f"{self.rule} at {self.element[:160]}: {self.words}"


def unknown(complaints: Iterable[Complaint], table: Iterable[Known]) -> list[str]:
    """Return the complaints that no entry covers, as sentences."""
    return [str(one) for one in complaints if not any(known.covers(one.rule, one.element, one.page) for known in table)]


def stale(complaints: list[Complaint], table: Iterable[Known]) -> list[str]:
    """Return a sentence for each entry that covers nothing any more."""
    return [
        f"{known.rule} at {known.element} occurs nowhere any more: take the entry out of the table"
        for known in table
        if not any(known.covers(one.rule, one.element, one.page) for one in complaints)
    ]
