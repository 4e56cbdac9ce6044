"""Small changes to a right answer, which its tests must notice.

A test suite that lets a changed answer through would let a learner's mistake through. So each reference solution is
changed in one place at a time (a comparison, an operator, a constant, a bound of a slice, a statement left out), and
the tests must fail. What they let through is listed, and someone must say why it is no mistake.

DeMillo, Lipton and Sayward, "Hints on test data selection" (1978), is where the idea comes from.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from kvgrade.replacements import replacements

KEPT = ("annotation", "returns", "decorator_list", "exc")  # fields in which nothing changes: types, messages of errors

Place = tuple[tuple[str, int | None], ...]  # names of fields, and indices in those that are lists, from the root on


@dataclass(frozen=True)
class Mutant:
    """A changed answer: its text, and the change as ``line -> line``."""

    source: str
    change: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of one place, each once."""
    tree = ast.parse(source)
    original = ast.unparse(tree)
    seen = {original}
    for place in _places(tree):
        for changed in _changes(tree, place):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen:
                seen.add(text)
                yield Mutant(text, _describe(original.splitlines(), text.splitlines()))


def _places(node: ast.AST, place: Place = ()) -> Iterator[Place]:
    """The way to every node that may change: no docstrings, annotations or messages of errors."""
    yield place
    if isinstance(node, ast.JoinedStr):
        return
    for field, value in ast.iter_fields(node):
        if field in KEPT:
            continue
        if isinstance(value, list):
            for i, child in enumerate(value):
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    yield from _places(child, (*place, (field, i)))
        elif isinstance(value, ast.AST):
            yield from _places(value, (*place, (field, None)))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _changes(tree: ast.Module, place: Place) -> Iterator[ast.Module]:
    """The trees in which the node at a place is changed."""
    if not place:
        return
    for replacement in replacements(_at(tree, place)):
        changed = copy.deepcopy(tree)
        parent, (field, index) = _at(changed, place[:-1]), place[-1]
        if index is None:
            setattr(parent, field, replacement)
        else:
            getattr(parent, field)[index] = replacement
        yield changed


def _at(node: ast.AST, place: Place) -> ast.AST:
    for field, index in place:
        value = getattr(node, field)
        node = value if index is None else value[index]
    return node


def _describe(before: list[str], after: list[str]) -> str:
    """The line that changed, as it was and as it is."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"{old.strip()}  ->  {new.strip()}"
    return f"{before[-1].strip()}  ->  (nothing)"
