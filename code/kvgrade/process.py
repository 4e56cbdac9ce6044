"""The process that one answer runs in: what it gets of the machine, and what it says at the end."""

from __future__ import annotations

import contextlib
import faulthandler
import math
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from kvgrade.guard import Guard
from kvgrade.job import Job, Outcome, all_items
from kvgrade.judge import judge
from kvgrade.message import pack
from kvgrade.show import said

MEMORY = 4 * 2**30  # bytes of address space that an answer may take, the interpreter included
STARTED = b"started"
STACK, SCRATCH = "stack.txt", "scratch"


def run(job: Job, token: str, writer: Connection, folder: Path) -> None:
    """Judge, say what came of it, and end.

    Parameters
    ----------
    job : Job
        What is to be judged.
    token : str
        What the message must begin with; the answer does not know it.
    writer : Connection
        Takes the message `STARTED`, and the outcome.
    folder : Path
        Of this process: the file `STACK` in it gets the stack, well before the limit; `SCRATCH` is for the answer.
    """
    multiprocessing.current_process()._args = ()  # type: ignore[attr-defined]  # where an answer could find the token
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started the process
    sys.dont_write_bytecode = True
    _silence()
    _bound(job.limit)
    tempfile.tempdir = str(folder / SCRATCH)
    leave = os._exit
    with (folder / STACK).open("w") as trace:
        writer.send_bytes(STARTED)
        faulthandler.dump_traceback_later(job.limit / 2, file=trace)
        sys.addaudithook(Guard(run.__code__, job.test, folder / SCRATCH))
        writer.send_bytes(pack(_judged(job), token))
        leave(0)  # whatever an answer has left behind ends here


def _judged(job: Job) -> Outcome:
    try:
        with no_way_out():
            return judge(job)
    except BaseException as error:  # in the tests: an answer's own errors are told by `judge`
        headline = f"the grader stumbled over it: {said(error)}"
        return Outcome(all_items(job, "wrong", headline, "please report this, with your answer"))


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


def _silence() -> None:
    """What an answer writes past Python, or from a child process, goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)


def _bound(seconds: float) -> None:
    """Bound memory and time, where the system can: too large an array is a MemoryError, no loop outlives the grader."""
    try:
        import resource
    except ImportError:  # Windows
        return
    for kind, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, math.ceil(10 * seconds) + 60)):
        with contextlib.suppress(ValueError, OSError):  # a stricter limit holds already
            resource.setrlimit(kind, (most, resource.getrlimit(kind)[1]))
