"""A learner's file, loaded so that nothing in it can hurt the grader.

Loading runs in a process of its own (`workers`). What the file does there, from a syntax error to ``sys.exit``,
becomes a sentence about that file.
"""

from __future__ import annotations

import contextlib
import io
import linecache
import os
import sys
import traceback
from collections.abc import Iterator
from types import ModuleType, TracebackType
from typing import Any, NoReturn

from kvgrade.expectations import Wrong

KEPT_OUTPUT = 2000  # characters of what an answer prints


class Answer:
    """What a file defines: ``answer.window_mask``; a name that it lacks is a wrong answer, not a crash."""

    def __init__(self, names: dict[str, Any], path: str) -> None:
        self._names = names
        self._path = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self._names:
            raise Wrong(f"{name} is not there", f"{self._path} must define it under exactly this name")
        return self._names[name]


def load_answer(source: str, path: str) -> Answer:
    """Run a file's text as a module.

    Raises
    ------
    Wrong
        It does not parse, or running it raises or exits.
    """
    module = ModuleType("answer")
    module.__file__ = path
    sys.modules["answer"] = module  # dataclasses look their module up
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise Wrong("the file does not parse", f"line {error.lineno}: {line}", str(error.msg)) from None
    except NotImplementedError:
        raise
    except BaseException as error:
        raise Wrong(f"the file stops while it is loaded: {said(error)}", *blame(error, path)) from None
    return Answer(vars(module), path)


def said(error: BaseException) -> str:
    """An exception in one line."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else text[:200] + " …"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def blame(error: BaseException, path: str) -> list[str]:
    """The line of the learner's file in which an exception arose, if it passed through it."""
    lines = [f"line {frame.lineno}: {frame.line}" for frame in in_file(error.__traceback__, path)]
    return lines[-1:]


def in_file(trace: TracebackType | None, path: str) -> list[traceback.FrameSummary]:
    """The part of a traceback that lies in one file."""
    return [frame for frame in traceback.extract_tb(trace) if frame.filename == path]


class _Capped(io.StringIO):
    """Keeps the first characters that are written and swallows the flood behind them."""

    def write(self, text: str) -> int:
        room = KEPT_OUTPUT - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)


@contextlib.contextmanager
def quiet() -> Iterator[io.StringIO]:
    """Collect the beginning of what is printed meanwhile; give the answer nothing to read."""
    kept, stdin = _Capped(), sys.stdin
    sys.stdin = io.StringIO()
    try:
        with contextlib.redirect_stdout(kept), contextlib.redirect_stderr(kept):
            yield kept
    finally:
        sys.stdin = stdin


@contextlib.contextmanager
def no_way_out() -> Iterator[None]:
    """Meanwhile ``os._exit`` raises SystemExit, which can be told, where a process that is gone can not."""

    def leave(code: int = 0) -> NoReturn:
        raise SystemExit(code)

    exit_at_once = os._exit
    os._exit = leave  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = exit_at_once
