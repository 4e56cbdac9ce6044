"""What may stand in the place of one node of a program: the kinds of change that `mutants` makes."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

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


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OPERATOR:
            yield _with(node, op=OPERATOR[type(node.op)]())
        case ast.BoolOp():
            yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
            yield from node.values
        case ast.UnaryOp():
            yield node.operand
        case ast.Constant():
            yield from _constants(node.value)
        case ast.Slice():
            yield from (_with(node, **{bound: None}) for bound in ("lower", "upper", "step") if getattr(node, bound))
        case ast.Call():
            yield from _calls(node)
        case ast.If() | ast.While() | ast.IfExp():
            yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    yield from _left_out(node)


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    """A statement that does nothing, or the other way out of a loop."""
    if isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.Break, ast.Continue)):
        yield ast.Pass()
    if isinstance(node, ast.Break):
        yield ast.Continue()
    if isinstance(node, ast.Continue):
        yield ast.Break()


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for i, operator in enumerate(node.ops):
        for other in COMPARE[type(operator)]:
            yield _with(node, ops=[*node.ops[:i], other(), *node.ops[i + 1 :]])


def _constants(value: object) -> Iterator[ast.AST]:
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from (ast.Constant(value + 1), ast.Constant(value - 1))
    elif isinstance(value, float):
        yield ast.Constant(value * 2 + 1)


def _calls(node: ast.Call) -> Iterator[ast.AST]:
    """Another function, no copy, or one named argument less."""
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr in CALLED:
        yield _with(node, func=_with(function, attr=CALLED[function.attr]))
    if isinstance(function, ast.Name) and function.id in CALLED:
        yield _with(node, func=ast.Name(CALLED[function.id], ast.Load()))
    if isinstance(function, ast.Attribute) and function.attr == "copy" and not node.args:
        yield function.value
    for i in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:i] + node.keywords[i + 1 :])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    """A copy of a node in which these fields are other ones."""
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed
