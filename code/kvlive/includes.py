"""What a `literalinclude` shows: the part of a file that the book would show.

Sphinx defines the directive and is not there in a notebook; the chapters use a small part of it.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

Lines = list[str]


def included(path: Path, options: Mapping[str, str]) -> str:
    """Return the part of a file that the directive's options choose.

    Parameters
    ----------
    path : Path
        The file.
    options : mapping of str to str
        The directive's options; ``language`` says nothing about the choice.

    Raises
    ------
    ValueError
        An option is not one of `CHOICES`, or chooses nothing.
    """
    if unknown := set(options) - set(CHOICES) - {"language"}:
        raise ValueError(f"literalinclude of {path.name}: {', '.join(sorted(unknown))} is not one of {list(CHOICES)}.")
    lines = path.read_text(encoding="utf-8").splitlines()
    for name, choose in CHOICES.items():  # in Sphinx's order: the end is looked for after the start
        if name in options:
            lines = choose(lines, options[name])
            if not lines:
                raise ValueError(f"literalinclude of {path.name}: {name} {options[name]!r} chooses nothing.")
    return "\n".join(lines)


def _object(lines: Lines, name: str) -> Lines:
    """The lines of a function or class, named with dots as in Python."""
    scope: ast.AST = ast.parse("\n".join(lines))
    for part in name.split("."):
        named = (node for node in ast.iter_child_nodes(scope) if getattr(node, "name", None) == part)
        scope = next(named, ast.Module([], []))
    if not isinstance(scope, ast.ClassDef | ast.FunctionDef):
        return []
    first = min(node.lineno for node in (scope, *scope.decorator_list))
    return lines[first - 1 : scope.end_lineno]


def _start_at(lines: Lines, text: str) -> Lines:
    found = [number for number, line in enumerate(lines) if text in line]
    return lines[found[0] :] if found else []


def _end_at(lines: Lines, text: str) -> Lines:
    found = [number for number, line in enumerate(lines) if text in line]
    return lines[: found[0] + 1] if found else []


def _end_before(lines: Lines, text: str) -> Lines:
    found = [number for number, line in enumerate(lines) if text in line and number]  # the first line is the start's
    return lines[: found[0]] if found else []


def _numbered(lines: Lines, ranges: str) -> Lines:
    """Lines by number, from 1: `3`, `3-5`, `7-`, and several of these with commas."""
    chosen: Lines = []
    for part in ranges.split(","):
        first, dash, last = part.strip().partition("-")
        chosen += lines[int(first) - 1 : int(last or len(lines)) if dash else int(first)]
    return chosen


def _dedent(lines: Lines, width: str) -> Lines:
    if not width:
        return textwrap.dedent("\n".join(lines)).split("\n")
    return [line[int(width) :] for line in lines]


CHOICES: dict[str, Callable[[Lines, str], Lines]] = {
    "pyobject": _object,
    "start-at": _start_at,
    "end-at": _end_at,
    "end-before": _end_before,
    "lines": _numbered,
    "dedent": _dedent,
}
