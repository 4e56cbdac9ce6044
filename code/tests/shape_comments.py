"""Hold the package to its shape comments: run it, and compare each array with the comment on its line.

A comment such as ``# [H_kv, n, D]`` behind ``keys = ...`` says that ``keys`` then has three axes, the first of the
model's key/value heads and the last of its head dimension. Letters that the model defines (L, E, H, H_kv, G, D, M, V)
must match it; any other name stands for one number within one call, until the line that gave it its number
runs again, in a loop.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

import kvlab
from kvlab import ModelConfig

COMMENT = re.compile(r"#\s*\[([^\]]+)\]")
PACKAGE = Path(kvlab.__file__).parent


def letters(config: ModelConfig) -> dict[str, int]:
    """The sizes that a model gives to the book's letters."""
    return {
        "L": config.n_layers, "E": config.embed_dim, "H": config.n_heads, "H_kv": config.n_kv_heads,
        "G": config.group_size, "D": config.head_dim, "M": config.mlp_dim, "V": config.vocab_size,
    }  # fmt: skip


def commented(path: Path) -> dict[int, tuple[list[str], list[str]]]:
    """For each statement that assigns and has a shape comment, by its last line: names assigned, dimensions."""
    source = path.read_text(encoding="utf-8")
    lines, found = source.split("\n"), {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            names = [ast.unparse(target) for target in getattr(node.targets[0], "elts", node.targets)]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            names = [ast.unparse(node.target)]
        else:
            continue
        match = COMMENT.search(lines[node.end_lineno - 1])
        if match:
            found[node.lineno] = (names, [part.strip() for part in match[1].split(",")])
    return found


def size(dimension: str, known: dict[str, int]) -> int | None:
    """The number that a dimension such as ``D / 2`` or ``(H + 2 H_kv) D`` stands for; None if a name is free."""
    product = re.sub(r"(?<=[\w)])\s+(?=[\w(])", " * ", dimension).replace("/", "//")
    try:
        return eval(product, {"__builtins__": {}}, dict(known))
    except (NameError, SyntaxError):
        return None


class ShapeWatch:
    """Checks every commented assignment that runs inside its ``with`` block."""

    def __init__(self, config: ModelConfig) -> None:
        self.known, self.wrong, self.checked = letters(config), [], set()
        self._comments: dict[str, dict[int, tuple[list[str], list[str]]]] = {}

    def __enter__(self) -> ShapeWatch:
        self._before = sys.gettrace()
        sys.settrace(self._enter)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _enter(self, frame: FrameType, event: str, _: object) -> Any:
        code: CodeType = frame.f_code
        path = code.co_filename
        if not path.startswith(str(PACKAGE)) or path.endswith(".json"):
            return None
        if path not in self._comments:
            self._comments[path] = commented(Path(path))
        own = {line for line in self._comments[path] if code.co_firstlineno <= line}
        return _Call(self, path, self._comments[path]) if own else None

    def compare(self, path: str, line: int, name: str, value: Any, dims: list[str], free: dict[str, int]) -> None:
        """Check an array, a tuple of them, or a shape; let free names stand for its sizes from here on."""
        if isinstance(value, tuple) and all(isinstance(item, np.ndarray) for item in value):
            for item in value:
                self.compare(path, line, name, item, dims, free)
            return
        shape = value if isinstance(value, tuple) else np.shape(value)
        where = f"{Path(path).relative_to(PACKAGE)}:{line} {name} is {list(shape)}, its comment says {dims}"
        self.checked.add(f"{Path(path).name}:{line}")
        named = [dimension for dimension in dims if dimension != "..."]
        if len(shape) < len(named) or (len(shape) > len(named) and "..." not in dims):
            self.wrong.append(where)
            return
        for dimension, actual in zip(named, shape[len(shape) - len(named) :], strict=True):
            expected = size(dimension, self.known | free)
            if expected is None:
                free[dimension] = actual
            elif expected != actual:
                self.wrong.append(f"{where}; {dimension} is {expected} here")


class _Call:
    """The trace of one call: when a line has run, looks at what it assigned."""

    def __init__(self, watch: ShapeWatch, path: str, comments: dict[int, tuple[list[str], list[str]]]) -> None:
        self.watch, self.path, self.comments, self.free = watch, path, comments, {}
        self.bound_at: dict[int, set[str]] = {}
        self.pending: int | None = None

    def __call__(self, frame: FrameType, event: str, _: object) -> _Call:
        if event in ("line", "return") and self.pending is not None and frame.f_lineno != self.pending:
            self._look(frame, self.pending)
        if event == "line":
            self.pending = frame.f_lineno if frame.f_lineno in self.comments else None
        return self

    def _look(self, frame: FrameType, line: int) -> None:
        names, dims = self.comments[line]
        for freed in self.bound_at.pop(line, set()):
            self.free.pop(freed, None)
        before = set(self.free)
        for name in names:
            try:
                value = eval(name, frame.f_globals, frame.f_locals)
            except Exception:  # a name that only exists for part of the statement
                continue
            self.watch.compare(self.path, line, name, value, dims, self.free)
        self.bound_at[line] = set(self.free) - before
