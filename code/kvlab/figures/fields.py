"""Form fields of a page part: native, labelled, and disabled until a script wakes them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_FIELD = (
    "width:100%;min-height:44px;padding:0 .6rem;border:1px solid var(--kv-muted);border-radius:4px;"
    "background:var(--kv-paper);color:inherit;font:inherit"
)


def _label(name: str, key: str, words: str, control: str) -> str:
    label = f"<label for='{name}-{key}' style='display:block;font-size:.9em'>{escape(words)}</label>"
    return f"<div style='align-self:end'>{label}{control}</div>"


def select(name: str, key: str, words: str, entries: Sequence[str], chosen: str) -> str:
    """A choice, with one entry chosen; ``name`` is the part's id, ``key`` the field's name in it."""
    options = "".join(
        f"<option value='{escape(entry)}'{' selected=' + chr(39) + 'selected' + chr(39) if entry == chosen else ''}>"
        f"{escape(entry)}</option>"
        for entry in entries
    )
    control = f"<select id='{name}-{key}' name='{key}' disabled='disabled' style='{_FIELD}'>{options}</select>"
    return _label(name, key, words, control)


def number(name: str, key: str, words: str, value: int) -> str:
    """A whole number of at least 1."""
    control = (
        f"<input id='{name}-{key}' name='{key}' type='number' min='1' step='1' value='{value}' disabled='disabled' "
        f"style='{_FIELD}'/>"
    )
    return _label(name, key, words, control)
