"""The bibliography's entries in a few words: as a sentence cites them, and as a list."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Bibliography:
    """The entries of a BibTeX file.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        from pybtex.database import parse_file

        self._entries: dict[str, Any] = dict(parse_file(str(path)).entries)

    def cite(self, keys: Sequence[str], *, textual: bool) -> str:
        """Return Markdown for a citation: `(Orr and Li, 2024)`, or `Orr and Li (2024)` as part of a sentence.

        Raises
        ------
        ValueError
            A key that the file does not have.
        """
        if missing := [key for key in keys if key not in self._entries]:
            raise ValueError(f"the bibliography has no entry {missing[0]}.")
        if textual:
            return ", ".join(self._link(key, "{} ({})") for key in keys)
        return "(" + "; ".join(self._link(key, "{}, {}") for key in keys) + ")"

    def listed(self) -> str:
        """Return all entries as a Markdown list, in the order of their authors."""
        lines = [
            f"{self._link(key, '{} ({})')}: *{_plain(entry.fields['title'])}*." for key, entry in self._entries.items()
        ]
        return "\n".join(f"- {line}" for line in sorted(lines, key=str.casefold))

    def _link(self, key: str, form: str) -> str:
        fields = self._entries[key].fields
        address = fields.get("url") or f"https://doi.org/{fields['doi']}"
        return f"[{form.format(self._authors(key), fields['year'])}]({address})"

    def _authors(self, key: str) -> str:
        persons = self._entries[key].persons["author"]
        names = [_plain(" ".join((*person.prelast_names, *person.last_names))) for person in persons]
        return " and ".join(names) if len(names) <= 2 else f"{names[0]} et al."


def _plain(latex: str) -> str:
    """Return text without LaTeX's accents and braces."""
    from pybtex.richtext import Text

    return str(Text.from_latex(latex))
