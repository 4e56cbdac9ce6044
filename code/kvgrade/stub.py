"""What a stub says: the statement of its exercise, the names that it asks for, and where the work begins."""

from __future__ import annotations

import ast
from pathlib import Path


def statement(stub: Path) -> tuple[str, str]:
    """The title, ``3.3 Window mask``, and the text below it."""
    title, _, text = (ast.get_docstring(_parse(stub)) or "").partition("\n")
    return title, text.strip()


def public_names(stub: Path) -> list[str]:
    """The functions and classes that a stub asks for."""
    definitions = (ast.FunctionDef, ast.ClassDef)
    return [node.name for node in _parse(stub).body if isinstance(node, definitions) and not node.name.startswith("_")]


def first_line(answer: Path, state: str = "todo") -> int:
    """The number of the line where the work begins.

    That is the line which raises NotImplementedError if the exercise is to do, else the first definition.
    """
    if not answer.exists():
        return 1
    lines = answer.read_text(encoding="utf-8", errors="replace").splitlines()
    for start in ("raise NotImplementedError", "def ", "class ")[state != "todo" :]:
        for number, line in enumerate(lines, 1):
            if line.strip().startswith(start):
                return number
    return 1


def _parse(stub: Path) -> ast.Module:
    return ast.parse(stub.read_text(encoding="utf-8"))
