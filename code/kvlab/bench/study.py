"""The whole comparison, a section at a time: what ``make bench`` measures.

    python tasks.py bench --llama --runs 3 --record book/data/bench.json

Without ``--llama``, llama.cpp is left out, which spares the minutes in which it is compiled.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kvlab.bench.comparison import Reads, decode_rounds, prefill_rounds
from kvlab.bench.engine import Engine, Stepper
from kvlab.bench.footprint import import_seconds, load_seconds, over_needed, peak_memory
from kvlab.bench.models import bench_model
from kvlab.bench.peers import Company, smollm2_peers, tiny_peers, together
from kvlab.bench.quiet import busy_share
from kvlab.bench.remote import RemoteEngine
from kvlab.bench.row import Row
from kvlab.measure.roofline import bandwidth_probe
from kvlab.measure.rounds import Job, in_turn

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
    unit : mapping of str to float
        Tokens of each job, where tokens a second mean something.
    notes : tuple of str
        Engines that are left out and why, load seen, and the like.
    """

    name: str
    title: str
    rows: list[Row]
    unit: Mapping[str, float] = field(default_factory=dict)
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
    """The sections of the book's model."""
    reads, own = Reads(*bandwidth_probe()), company.engines["kvlab"]
    ours = {name: engine for name, engine in company.engines.items() if name in ("kvlab", "compiled")}
    repeats = settings.repeats
    if "decode" in wanted:
        rows = [_decode(company.engines, own, reads, n, repeats) for n in SHORT]
        yield Section("decode", "a decode step, ms", rows, notes=(*_told(company), _load()))
    if "long" in wanted:
        rows = [_decode(ours, own, reads, n, repeats) for n in LONG]
        yield Section("long", "at long contexts, ms", rows, notes=(_load(),))
        for engine in ours.values():
            engine.fill(0)
    if "prefill" in wanted:
        rows = [_prefill(company.engines, n, max(3, repeats // 3), reads.step) for n in PROMPTS]
        yield Section("prefill", "a prompt, ms", rows, {_prompt(n): n for n in PROMPTS}, (_load(),))
    if "batch" in wanted:
        yield _batch(own, repeats)


def _told(company: Company) -> Iterator[str]:
    """What is to be said of each engine beside its times."""
    for name, found in company.agreements.items():
        if not found.refused:
            tie = f", then a near-tie at token {found.near_tie}" if found.near_tie else ""
            yield f"{name}: the same {found.tokens} tokens{tie}"
    for name, why in company.missing.items():
        yield f"{name} is left out: {why}"


def _decode(engines: Mapping[str, Stepper], own: RemoteEngine, reads: Reads, context: int, repeats: int) -> Row:
    rounds = decode_rounds({"probe": reads, **engines}, context, repeats, probe=reads.step, gate=GATE)
    floor = reads.floor(int(own.ask("floor_bytes")), rounds.median("probe"))
    return Row.of(f"context {context}", rounds, floor=floor)


def _prompt(n_tokens: int) -> str:
    return f"prompt of {n_tokens}"


def _prefill(engines: Mapping[str, Engine], n_tokens: int, repeats: int, probe: Job) -> Row:
    return Row.of(_prompt(n_tokens), prefill_rounds(engines, n_tokens, 20_000, repeats, probe=probe))


def _batch(own: RemoteEngine, repeats: int) -> Section:
    """Sequences together against one after the other."""

    def job(n: int) -> Job:
        return lambda: float(own.ask("batch", n, BATCH_CONTEXT))

    rounds = in_turn({n: job(n) for n in (1, *BATCHES)}, max(3, repeats // 2))
    one = np.array(rounds.seconds[1])
    rows = [
        Row(f"batch of {n}", {"together": rounds.seconds[n], "one by one": tuple((n * one).tolist())}) for n in BATCHES
    ]
    unit = {f"batch of {n}": float(n) for n in BATCHES}
    return Section("batch", f"a token each at {BATCH_CONTEXT}, ms", rows, unit, (_load(),))


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
    return Section("tiny", "tiny model, a step, ms", [row], notes=(*_told(company), _load()))


def _footprint() -> Section:
    """Seconds and bytes of the package itself."""
    rows = [
        Row("import kvlab, beyond NumPy", {"kvlab": tuple(import_seconds())}),
        Row("load the model, warm", {"kvlab": tuple(load_seconds("smollm2-135m"))}),
    ]
    return Section("footprint", "once, ms", rows, notes=tuple(_peak(context) for context in (64, 1024)))


def _peak(context: int) -> str:
    measured = peak_memory("smollm2-135m", context)
    peak, needed = (f"{measured[name] / 2**20:,.0f} MiB" for name in ("peak", "needed"))
    over = f"{over_needed(measured):.0%} over weights and a cache of 1,028 tokens ({needed})"
    return f"after a prompt of {context:,}, a peak of {peak}: {over}"


def _load() -> str:
    """How busy the system was with other things just now."""
    busy = busy_share()
    return "load not told by this system" if busy is None else f"just after it, {busy:.0%} of the processors were busy"
