"""Which engines a comparison has: where each can run, and with how many threads."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kvlab.bench.comparison import Agreement, agreement
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
    """Those for the book's model: itself first, then whichever of the others has an environment."""
    own = [Peer("kvlab", "kvlab", sys.executable, threads)]
    return own + [Peer(name, name, pythons[name], threads) for name in ("transformers", "llama.cpp") if name in pythons]


def tiny_peers(pythons: Mapping[str, str | Path]) -> list[Peer]:
    """Those for the tiny model, each with one thread and with two: the better one counts."""
    own = [Peer("kvlab", "kvlab", sys.executable, 1)]
    if "transformers" not in pythons:
        return own
    python = pythons["transformers"]
    return own + [
        Peer(f"{name}, {threads} thread{'s'[: threads - 1]}", name, python, threads)
        for name in ("torch", "transformers")
        for threads in (1, 2)
    ]


@contextlib.contextmanager
def together(model_name: str, model: Transformer, peers: list[Peer]) -> Iterator[Company]:
    """Start the engines, keep those that write the same tokens as the model, and end them all afterwards."""
    company = Company()
    with contextlib.ExitStack() as stack:
        for peer in peers:
            try:
                engine = stack.enter_context(RemoteEngine(peer.python, peer.engine, model_name, peer.threads))
                told = agreement(model, engine)
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
