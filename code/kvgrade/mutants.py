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

COMPARE: dict[type, list[type]] = {
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
}  # fmt: skip
OPERATOR: dict[type, type] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
CALLED = {
    "min": "max", "max": "min", "argmax": "argmin", "argmin": "argmax", "maximum": "minimum", "minimum": "maximum",
    "any": "all", "all": "any", "zeros": "ones", "ceil": "floor", "floor": "ceil",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed answer: its text, and the change as ``line -> line``."""

    source: str
    change: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every change of one place, each once."""
    tree = ast.parse(source)
    original = ast.unparse(tree).splitlines()
    seen: set[str] = set()
    for path in _places(tree):
        for changed in _changes(tree, path):
            text = ast.unparse(ast.fix_missing_locations(changed))
            if text not in seen and text != "\n".join(original):
                seen.add(text)
                yield Mutant(text, _describe(original, text.splitlines()))


Path = tuple[tuple[str, int | None], ...]  # field names and indices from the root of the tree


def _places(node: ast.AST, path: Path = ()) -> Iterator[Path]:
    """The way to every node that may change: no docstrings, annotations or messages of errors."""
    yield path
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "exc") or (isinstance(node, ast.JoinedStr)):
            continue
        if isinstance(value, list):
            for i, child in enumerate(value):
                if isinstance(child, ast.AST) and not _is_docstring(child):
                    yield from _places(child, (*path, (field, i)))
        elif isinstance(value, ast.AST):
            yield from _places(value, (*path, (field, None)))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _changes(tree: ast.Module, path: Path) -> Iterator[ast.Module]:
    """The trees in which the node at a place is changed."""
    if not path:
        return
    for replacement in _replacements(_at(tree, path)):
        changed = copy.deepcopy(tree)
        parent, (field, index) = _at(changed, path[:-1]), path[-1]
        if index is None:
            setattr(parent, field, replacement)
        else:
            getattr(parent, field)[index] = replacement
        yield changed


def _at(node: ast.AST, path: Path) -> ast.AST:
    for field, index in path:
        value = getattr(node, field)
        node = value if index is None else value[index]
    return node


def _replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for other in COMPARE[type(operator)]:
                yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in OPERATOR:
        yield _with(node, op=OPERATOR[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield from node.values
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        yield from _constants(node.value)
    elif isinstance(node, ast.Slice):
        yield from (_with(node, **{bound: None}) for bound in ("lower", "upper", "step") if getattr(node, bound))
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, (ast.If, ast.While, ast.IfExp)):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Break, ast.Continue)):
        yield ast.Pass()
    if isinstance(node, (ast.Break, ast.Continue)):
        yield ast.Continue() if isinstance(node, ast.Break) else ast.Break()


def _constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, float):
        yield ast.Constant(value * 2 + 1)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in CALLED and isinstance(node.func, ast.Attribute):
        yield _with(node, func=_with(node.func, attr=CALLED[name]))
    elif name in CALLED:
        yield _with(node, func=ast.Name(CALLED[name], ast.Load()))
    if name == "copy" and isinstance(node.func, ast.Attribute) and not node.args:
        yield node.func.value
    for i in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _describe(before: list[str], after: list[str]) -> str:
    """The line that changed, as it was and as it is."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"{old.strip()}  ->  {new.strip()}"
    return f"{before[-1].strip()}  ->  (nothing)"
