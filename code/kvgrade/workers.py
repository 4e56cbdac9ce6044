"""A process per answer, with a time limit: what one answer does, no other can feel.

A process is used for one answer and then killed, so nothing that an answer changes outlives it, and each has a pipe
of its own. Where the system can fork, the processes come from a server that has imported NumPy already, and cost a few
milliseconds each.

Why not a library's pool? It unpickles what a process sends back, so an answer that returns an object of its own could
run code in the grader; here a message is text behind a token. And most pools use a process for many jobs and cannot
kill one job at its limit without ending the others.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import secrets
import shutil
import tempfile
import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kvgrade.job import Job, Outcome, all_items
from kvgrade.message import LONGEST, unpack
from kvgrade.process import SCRATCH, STACK, run

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
IMPORTED = ["numpy", "numpy.testing", "kvgrade.process", "kvgrade.memory", "kvgrade.expectations", "kvlab"]
START = 60.0  # seconds that a process may take to start, on a busy machine
PATIENCE = 1.0  # seconds that a process which has closed its pipe may take to end


class Workers:
    """Judges answers, several at a time; a context manager.

    Parameters
    ----------
    processes : int, optional
        At a time; the number of cores if left out.
    method : str, optional
        How they start, as in `multiprocessing`; by a server that forks if left out and if the system can do that.
    """

    def __init__(self, processes: int | None = None, method: str | None = None) -> None:
        for name in ONE_THREAD:  # small matrices: threads would only get into each other's way
            os.environ.setdefault(name, "1")
        can_fork = "forkserver" in multiprocessing.get_all_start_methods()
        self._context: Any = multiprocessing.get_context(method or ("forkserver" if can_fork else "spawn"))
        self._context.set_forkserver_preload(IMPORTED)
        self._folder = tempfile.TemporaryDirectory(prefix="kvgrade-", ignore_cleanup_errors=True)
        self._threads = ThreadPoolExecutor(processes or os.cpu_count() or 2)
        self._lock = threading.Lock()  # `multiprocessing` starts and ends processes from one thread at a time
        self._running: set[BaseProcess] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self, job: Job) -> Future[Outcome]:
        """Judge soon, in a process of its own."""
        return self._threads.submit(self._judge, job)

    def result(self, future: Future[Outcome]) -> Outcome:
        """What came of it; a process that was stopped or died is a wrong answer."""
        return future.result()

    def close(self) -> None:
        """End all processes."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        self._threads.shutdown()
        self._folder.cleanup()

    def _judge(self, job: Job) -> Outcome:
        token, folder = secrets.token_hex(), Path(tempfile.mkdtemp(dir=self._folder.name))
        (folder / SCRATCH).mkdir()
        reader, writer = self._context.Pipe(duplex=False)
        process = self._launch(job, token, writer, folder)
        try:
            _receive(reader, process, START)
            return unpack(_receive(reader, process, job.limit), token, job)
        except TimeoutError:
            headline, lines = f"stopped after {job.limit:g} s: does it loop for ever?", stuck_at(job, folder / STACK)
        except (EOFError, OSError, ValueError, TypeError, LookupError, RecursionError):  # no message, or a strange one
            headline, lines = "it ended the process that it ran in", [f"exit code {self._end(process, PATIENCE)}"]
        finally:
            self._end(process)
            reader.close()
            shutil.rmtree(folder, ignore_errors=True)
        return Outcome(all_items(job, "wrong", headline, *lines))

    def _launch(self, job: Job, token: str, writer: Connection, folder: Path) -> BaseProcess:
        process: BaseProcess = self._context.Process(target=run, args=(job, token, writer, folder), daemon=True)
        with self._lock:
            if self._closed:
                raise CancelledError
            process.start()
            self._running.add(process)
        writer.close()  # now the process alone holds it: when it ends, whoever reads hears of it
        return process

    def _end(self, process: BaseProcess, patience: float = 0.0) -> int | None:
        """Kill it, unless it ends by itself in this time; return its exit code."""
        with self._lock:
            process.join(patience)
            process.kill()
            process.join()
            self._running.discard(process)
        return process.exitcode


def _receive(reader: Connection, process: BaseProcess, seconds: float) -> bytes:
    """The next message; a process from which none comes in time is killed.

    Raises
    ------
    TimeoutError
        It was killed.
    EOFError, OSError
        It has ended, or its message is too long.
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.start()
    try:
        return reader.recv_bytes(LONGEST)
    except (EOFError, OSError):
        if late.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()


def stuck_at(job: Job, stack: Path) -> list[str]:
    """The line of the answer that ran shortly before the limit, if its stack says so."""
    text = stack.read_text(encoding="utf-8", errors="replace") if stack.exists() else ""
    frame = re.search(rf'File "{re.escape(job.shown_as)}", line (\d{{1,6}})', text)
    lines = job.source.splitlines()
    if frame is None or not 1 <= int(frame[1]) <= len(lines):
        return []
    return [f"it was at line {frame[1]}: {lines[int(frame[1]) - 1].strip()}"]
