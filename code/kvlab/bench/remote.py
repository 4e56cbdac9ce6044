"""An engine in another process, used as if it were in this one."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_CODE = Path(__file__).parents[2]
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMBA_NUM_THREADS")


class EngineError(RuntimeError):
    """An engine that could not be started, or that failed at what it was asked."""


class RemoteEngine:
    """An ``Engine`` whose methods run in a worker process.

    Parameters
    ----------
    python : path
        Of an environment that has what the engine needs, NumPy included.
    name : str
        One of ``worker.ENGINES``.
    model : str
        One of ``models.MODELS``.
    threads : int

    Raises
    ------
    EngineError
        It did not start; the message gives its reason.
    """

    def __init__(self, python: str | os.PathLike[str], name: str, model: str, threads: int) -> None:
        self.name, self.threads = name, threads
        self._process = subprocess.Popen(
            [python, "-m", "kvlab.bench.worker", name, model, str(threads)],
            env=_environment(threads), text=True, encoding="utf-8",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._answer()
        except BaseException:
            self.close()
            raise

    def ask(self, method: str, *arguments: Any) -> Any:
        """What a method of the engine returns.

        Raises
        ------
        EngineError
            The method raised, or the process has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps([method, *arguments]) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise EngineError(f"{self.name} has ended: {error}.") from error
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise EngineError(f"{self.name} ended without an answer, with status {self._process.wait()}.")
        answer = json.loads(line)
        if "failed" in answer:
            raise EngineError(f"{self.name}: {answer['failed']}")
        return answer["is"]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        with contextlib.suppress(OSError):  # a request that it can no longer read
            self._process.communicate()

    # the Engine protocol

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """See Engine."""
        tokens: list[int] = self.ask("greedy", list(prompt_ids), n)
        return tokens

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """See Engine."""
        logits: list[float] = self.ask("logits", list(token_ids))
        return logits

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        return float(self.ask("prefill", list(token_ids)))

    def fill(self, n_tokens: int) -> None:
        """See Engine."""
        self.ask("fill", n_tokens)

    def step(self) -> float:
        """See Engine."""
        return float(self.ask("step"))

    def versions(self) -> dict[str, str]:
        """See Engine."""
        versions: dict[str, str] = self.ask("versions")
        return versions

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close()


def _environment(threads: int) -> dict[str, str]:
    """What the engine runs in: the package on its path, no network, and the threads set for every library."""
    said = {name: str(threads) for name in _THREADS}
    path = os.pathsep.join(filter(None, [str(_CODE), os.environ.get("PYTHONPATH", "")]))
    return {**os.environ, **said, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"}
