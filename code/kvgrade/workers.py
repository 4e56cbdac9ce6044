"""A process per answer, with a time limit: what one answer does, no other can feel.

A process is used for one answer and then ended, so nothing that an answer changes outlives it. Where the system can
fork, the processes come from a server that has imported NumPy already, and cost a few milliseconds each.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import tempfile
from concurrent.futures import Future, TimeoutError
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from pebble import ProcessExpired, ProcessPool

from kvgrade.judge import Job, Outcome, judge_in_worker
from kvgrade.verdict import Item

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
IMPORTED = ["numpy", "numpy.testing", "pytest", "kvgrade.judge", "kvgrade.memory", "kvlab"]


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
        context = multiprocessing.get_context(method or ("forkserver" if can_fork else "spawn"))
        context.set_forkserver_preload(IMPORTED)
        self._folder = tempfile.TemporaryDirectory(prefix="kvgrade-", ignore_cleanup_errors=True)
        self._pool = ProcessPool(processes or os.cpu_count() or 2, max_tasks=1, context=context)
        self._jobs: dict[Future[Outcome], Job] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def start(self, job: Job) -> Future[Outcome]:
        """Judge soon, in a process of its own."""
        job = replace(job, stack=Path(self._folder.name) / f"{len(self._jobs)}.txt")
        future: Future[Outcome] = self._pool.schedule(judge_in_worker, args=(job,), timeout=job.limit)
        self._jobs[future] = job
        return future

    def result(self, future: Future[Outcome]) -> Outcome:
        """What came of it; a process that was stopped or died is a wrong answer."""
        job = self._jobs[future]
        try:
            return future.result()
        except TimeoutError:
            headline, lines = f"stopped after {job.limit:g} s: does it loop for ever?", stuck_at(job)
        except ProcessExpired as died:
            headline, lines = "it ended the process that it ran in", [f"exit code {died.exitcode}"]
        except Exception as error:
            headline, lines = f"the grader stumbled over it: {error!r}", ["please report this, with your answer"]
        return Outcome({name: Item("wrong", headline, lines) for name in job.items})

    def close(self) -> None:
        """End all processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
        self._folder.cleanup()


def stuck_at(job: Job) -> list[str]:
    """The line of the answer that ran shortly before the limit."""
    if job.stack is None or not job.stack.exists():
        return []
    frame = re.search(rf'File "{re.escape(job.shown_as)}", line (\d+)', job.stack.read_text(errors="replace"))
    if frame is None:
        return []
    line = job.source.splitlines()[int(frame[1]) - 1].strip()
    return [f"it was at line {frame[1]}: {line}"]
