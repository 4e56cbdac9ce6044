"""Which engines a comparison has: where each can run, and with how many threads."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from kvlab.bench.comparison import LONG_PROMPT, Agreement, agreement
from kvlab.bench.remote import EngineError, RemoteEngine
from kvlab.model.transformer import Transformer


@dataclass(frozen=True)
class Peer:
    """An engine to be started.

    Attributes
    ----------
    name : str
        What the table calls it.
    engine : str
        One of ``worker.ENGINES``.
    python : path
        Of the environment that it runs in.
    threads : int
    """

    name: str
    engine: str
    python: str | Path
    threads: int


@dataclass
class Company:
    """Engines that run and agree, and why others do not.

    Attributes
    ----------
    engines : dict of str to RemoteEngine
    agreements : dict of str to Agreement
    missing : dict of str to str
        A sentence for each engine that is not there.
    """

    engines: dict[str, RemoteEngine] = field(default_factory=dict)
    agreements: dict[str, Agreement] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def smollm2_peers(pythons: Mapping[str, str | Path], threads: int) -> list[Peer]:
    """Those for the book's model: itself, compiled where numba is, then whichever others have an environment."""
    others = [name for name in ("transformers", "llama.cpp") if name in pythons]
    return _own(threads) + [Peer(name, name, pythons[name], threads) for name in others]


def tiny_peers(pythons: Mapping[str, str | Path]) -> list[Peer]:
    """Those for the tiny model, torch's with one thread and with two: the better one counts."""
    if "transformers" not in pythons:
        return _own(1)
    return _own(1) + [
        Peer(f"{name}, {threads} thread{'s'[: threads - 1]}", name, pythons["transformers"], threads)
        for name in ("torch", "transformers")
        for threads in (1, 2)
    ]


def _own(threads: int) -> list[Peer]:
    names = ["kvlab", "compiled"] if find_spec("numba") else ["kvlab"]
    return [Peer(name, name, sys.executable, threads) for name in names]


@contextlib.contextmanager
def together(model_name: str, model: Transformer, peers: list[Peer]) -> Iterator[Company]:
    """Start the engines, keep those that write the same tokens as the model, and end them all afterwards."""
    company = Company()
    with contextlib.ExitStack() as stack:
        for peer in peers:
            try:
                engine = stack.enter_context(RemoteEngine(peer.python, peer.engine, model_name, peer.threads))
                told = agreement(model, engine, n_prompt=LONG_PROMPT)
            except (EngineError, OSError) as error:
                company.missing[peer.name] = str(error)
                continue
            company.agreements[peer.name] = told
            if told.refused:
                company.missing[peer.name] = told.refused
            else:
                company.engines[peer.name] = engine
        yield company


def threads_here() -> int:
    """As many threads as this process may have processors."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
