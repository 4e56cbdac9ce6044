"""What an answer may not do: look behind its tests, change files, start programs.

Answer and tests run in one process. Python tells an audit hook (PEP 578) of such a thing before it happens, and the
hook refuses it wherever code is running that is neither the grader's nor a library's. That stops what a curious learner
tries. It is no sandbox: whoever knows the interpreter's insides finds a way around it.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import numpy as np

from kvgrade.reach import HIDDEN

# Events, as the table in Python's documentation names them.
LOOKS_BEHIND = {
    "sys._getframe", "sys._current_frames", "sys._current_exceptions", "sys.settrace", "sys.setprofile",
    "sys.monitoring.register_callback", "gc.get_objects", "gc.get_referrers", "gc.get_referents",
}  # fmt: skip
STARTS = {
    "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.kill",
    "os.killpg", "subprocess.Popen", "pty.spawn", "socket.__new__",
}  # fmt: skip
CHANGES_FILES = {
    "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate",
    "os.utime",
}  # fmt: skip
TO_FRAMES = {"tb_frame", "gi_frame", "cr_frame", "ag_frame"}  # attributes that lead to whoever called
TO_CODE = {"__code__", "__defaults__", "__kwdefaults__"}  # attributes that make another function of one
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """An audit hook. Nothing takes it out again, so it belongs into a process that ends with the answer.

    Parameters
    ----------
    inside : code object
        Of the function that runs the answer; what called that function is not looked at.
    test : Path
        The file of the tests. All exercises, and the solutions beside them, are closed to the answer.
    scratch : Path
        The one folder in which an answer may write; beside it, it may read the libraries.
    """

    def __init__(self, inside: CodeType, test: Path, scratch: Path) -> None:
        exercises = test.resolve().parents[2]
        paths = sysconfig.get_paths()
        library = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
        numpy, grader = Path(np.__file__).parents[1], Path(__file__).parents[1]
        self._closed = _folders(exercises, exercises.with_name("solutions"))
        self._own = _folders(scratch)
        self._library = _folders(*library, numpy, grader)
        self._trusted = (*self._library, *_folders(test.parent), "<frozen ")
        self._inside = inside
        self._busy = threading.local()

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Refuse an event that is none of an answer's business.

        Raises
        ------
        ValueError, ImportError, PermissionError
            Whichever the libraries expect where such a thing does not work.
        """
        refusal = self._refusal(event, arguments)
        if refusal is None or getattr(self._busy, "looking", False):
            return
        self._busy.looking = True  # to look at the stack is an event, too
        try:
            if not self._is_library(sys._getframe(1)):
                raise refusal
        finally:
            self._busy.looking = False

    def _refusal(self, event: str, arguments: tuple[Any, ...]) -> Exception | None:
        """The error for an answer that does this."""
        if event in LOOKS_BEHIND or (event == "object.__getattr__" and arguments[1] in TO_FRAMES):
            return ValueError("an answer may not look at the code that calls it")
        if event == "object.__setattr__" and arguments[1] in TO_CODE and self._is_trusted(arguments[0]):
            return ValueError("an answer may not change functions of others")
        if event == "import" and arguments[0].partition(".")[0] in HIDDEN:
            return ImportError(f"an answer may not import {arguments[0]}")
        if event in STARTS or event.startswith("ctypes."):
            return PermissionError(f"an answer may not start programs or open connections ({event})")
        if event == "mmap.__new__" and arguments[0] == -1:
            return PermissionError("an answer may not take memory that nobody counts")
        return self._file_refusal(event, arguments)

    def _file_refusal(self, event: str, arguments: tuple[Any, ...]) -> Exception | None:
        if event == "open":
            paths, writes = arguments[:1], bool(arguments[2] & WRITING)
        elif event in CHANGES_FILES:
            paths, writes = arguments, True
        else:
            return None
        allowed = self._own if writes else (*self._own, *self._library)
        for path in paths:
            if isinstance(path, (str, bytes, os.PathLike)):
                places = _places(os.fsdecode(path))
                if _any_in(places, self._closed) or not _any_in(places, allowed):
                    return PermissionError(f"an answer may not {'change' if writes else 'read'} {path!r}")
        return None

    def _is_trusted(self, function: object) -> bool:
        code = getattr(function, "__code__", None)
        return code is not None and code.co_filename.startswith(self._trusted)

    def _is_library(self, frame: FrameType | None) -> bool:
        """Whether all code that runs, up to where the answer was called, is the grader's or a library's."""
        while frame is not None:
            if frame.f_code is self._inside:
                return True
            if not frame.f_code.co_filename.startswith(self._trusted):
                return False
            frame = frame.f_back
        return False  # a thread, which only an answer starts


def _folders(*folders: str | Path) -> tuple[str, ...]:
    """The beginnings of all paths in these folders."""
    return tuple({os.path.join(place, "") for folder in folders for place in _places(str(folder))})


def _places(path: str) -> set[str]:
    """Where a path leads, and where it seems to: libraries may be installed as links."""
    ways = {os.path.realpath(path)} | ({os.path.abspath(path)} if ".." not in Path(path).parts else set())
    return {os.path.normcase(way) for way in ways}


def _any_in(places: set[str], folders: tuple[str, ...]) -> bool:
    return any(place.startswith(folders) for place in places)
