"""A learner's file, loaded.

What the file does meanwhile, from a syntax error to ``sys.exit``, becomes a sentence about that file.
"""

from __future__ import annotations

import linecache
import sys
import traceback
from types import ModuleType
from typing import Any

from kvgrade.show import said, shorten, worded
from kvgrade.wrong import Wrong


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

    Parameters
    ----------
    source : str
        The text.
    path : str
        The file's path as the learner knows it; messages show it.

    Raises
    ------
    Wrong
        It does not parse, or running it raises or exits.
    NotImplementedError
        Running it raises that: it is to do.
    """
    module = ModuleType("answer")
    module.__file__ = path
    sys.modules["answer"] = module  # dataclasses look their module up
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)  # tracebacks show its lines
    try:
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except SyntaxError as error:
        line = f"line {error.lineno}: {shorten(worded(error.text))}"
        raise Wrong("the file does not parse", line, worded(error.msg)) from None
    except NotImplementedError:
        raise
    except BaseException as error:
        raise Wrong(f"the file stops while it is loaded: {said(error)}", *blame(error, path)) from None
    return Answer(vars(module), path)


def blame(error: BaseException, path: str) -> list[str]:
    """The line of the learner's file in which an exception arose, if it passed through it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    return [f"line {frame.lineno}: {shorten(frame.line or '')}" for frame in frames[-1:]]
