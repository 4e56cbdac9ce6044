"""The whole comparison, a section at a time: what ``make bench`` measures."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kvlab.bench.comparison import decode_rounds, prefill_rounds
from kvlab.bench.footprint import import_seconds, load_seconds, over_needed, peak_memory
from kvlab.bench.models import bench_model
from kvlab.bench.peers import Company, smollm2_peers, tiny_peers, together
from kvlab.bench.remote import RemoteEngine
from kvlab.bench.row import Row
from kvlab.measure.rounds import in_turn
from kvlab.measure.roofline import bandwidth_probe

SHORT, LONG, PROMPTS = (16, 128, 512, 1024), (4096, 16_384, 32_768), (512, 2048)
BATCHES, BATCH_CONTEXT = (2, 4, 8, 16), 128
SECTIONS = ("decode", "long", "prefill", "batch", "tiny", "footprint")
GATE = 1.25  # a round whose probe took longer than this, over the median probe, is dropped


@dataclass(frozen=True)
class Settings:
    """How a study is run.

    Attributes
    ----------
    pythons : mapping of str to path
        Interpreters of the environments of ``transformers`` (torch with it) and ``llama.cpp``.
    threads, repeats : int
    sections : iterable of str
    """

    pythons: Mapping[str, str | Path]
    threads: int
    repeats: int = 12
    sections: Iterable[str] = SECTIONS


@dataclass(frozen=True)
class Section:
    """One part of the comparison.

    Attributes
    ----------
    name, title : str
    rows : list of Row
    unit : dict of str to float
        Tokens of each job, where tokens a second mean something.
    notes : tuple of str
        Engines that are left out and why, load seen, and the like.
    """

    name: str
    title: str
    rows: list[Row]
    unit: dict[str, float]
    notes: tuple[str, ...] = ()


def study(settings: Settings) -> Iterator[Section]:
    """Every section, as soon as it is measured."""
    wanted = list(settings.sections)
    if {"decode", "long", "prefill", "batch"} & set(wanted):
        model = bench_model("smollm2-135m")
        with together("smollm2-135m", model, smollm2_peers(settings.pythons, settings.threads)) as company:
            del model
            gc.collect()
            yield from _smollm2(settings, company, wanted)
    if "tiny" in wanted:
        yield _tiny(settings)
    if "footprint" in wanted:
        yield _footprint()


def _smollm2(settings: Settings, company: Company, wanted: list[str]) -> Iterator[Section]:
    told = tuple(f"{name} is left out: {why}" for name, why in company.missing.items())
    told += tuple(
        f"{name}: the same {a.tokens} tokens" + (f", then a near-tie at token {a.near_tie}" if a.near_tie else "")
        for name, a in company.agreements.items()
        if not a.refused
    )
    probe, probe_bytes = bandwidth_probe()
    own = company.engines["kvlab"]
    if "decode" in wanted:
        rows = [_decode(company.engines, own, n, settings.repeats, probe, probe_bytes) for n in SHORT]
        yield Section("decode", "a decode step, ms", rows, {}, (*told, _load()))
    if "long" in wanted:
        rows = [_decode({"kvlab": own}, own, n, settings.repeats, probe, probe_bytes) for n in LONG]
        yield Section("long", "at long contexts, ms", rows, {}, (_load(),))
        own.fill(0)
    if "prefill" in wanted:
        rounds = {n: prefill_rounds(company.engines, n, 20_000, max(3, settings.repeats // 3), probe=probe) for n in PROMPTS}
        rows = [Row.of(f"prefill of {n}", rounds[n]) for n in PROMPTS]
        yield Section("prefill", "a prompt, ms", rows, {f"prefill of {n}": n for n in PROMPTS}, (_load(),))
    if "batch" in wanted:
        yield _batch(own, settings.repeats)


def _decode(engines, own: RemoteEngine, context: int, repeats: int, probe, probe_bytes: int) -> Row:
    rounds = decode_rounds({"probe": _Probe(probe), **engines}, context, repeats, probe=probe, gate=GATE)
    floor = own.ask("floor_bytes") * rounds.median("probe") / probe_bytes
    return Row.of(f"context {context}", rounds, floor=floor)


class _Probe:
    """The bandwidth probe, taken in turn like an engine."""

    def __init__(self, probe) -> None:
        self.step = probe

    def fill(self, n_tokens: int) -> None:
        """Nothing to fill."""


def _batch(own: RemoteEngine, repeats: int) -> Section:
    """Sequences together against one after the other."""
    own.fill(BATCH_CONTEXT)
    jobs = {1: lambda: own.ask("batch", 1, BATCH_CONTEXT)} | {
        n: (lambda n=n: own.ask("batch", n, BATCH_CONTEXT)) for n in BATCHES
    }
    rounds = in_turn(jobs, max(3, repeats // 2))
    one = np.array(rounds.seconds[1])
    rows = [
        Row(f"batch of {n}", {"together": rounds.seconds[n], "one by one": tuple((n * one).tolist())}, dropped=rounds.dropped)
        for n in BATCHES
    ]
    return Section("batch", f"a token each at {BATCH_CONTEXT}, ms", rows, {f"batch of {n}": n for n in BATCHES}, (_load(),))


def _tiny(settings: Settings) -> Section:
    """The tiny model's step, every engine with the number of threads that suits it best."""
    model = bench_model("tiny")
    with together("tiny", model, tiny_peers(settings.pythons)) as company:
        rounds = decode_rounds(company.engines, 64, 2 * settings.repeats)
    best: dict[str, str] = {}
    for name in rounds.seconds:
        engine = name.split(",")[0]
        if engine not in best or rounds.median(name) < rounds.median(best[engine]):
            best[engine] = name
    row = Row("context 64", {name: rounds.seconds[name] for name in best.values()}, dropped=rounds.dropped)
    told = tuple(f"{name} is left out: {why}" for name, why in company.missing.items())
    return Section("tiny", "tiny model, a step, ms", [row], {}, (*told, _load()))


def _footprint() -> Section:
    """Seconds and bytes of the package itself."""
    measured = peak_memory("smollm2-135m")
    rows = [
        Row("import kvlab, beyond NumPy", {"kvlab": tuple(import_seconds())}),
        Row("load the model, warm", {"kvlab": tuple(load_seconds("smollm2-135m"))}),
    ]
    memory = (
        f"peak memory {measured['peak'] / 2**20:,.0f} MiB after a prompt of 1,024 tokens, "
        f"{over_needed(measured):.0%} over weights and cache ({measured['needed'] / 2**20:,.0f} MiB)"
    )
    return Section("footprint", "once, ms", rows, {}, (memory,))


def _load() -> str:
    """What else the system ran, by its own average."""
    return f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load not told by this system"
