"""What ``make bench`` prints: both ways of generating, and decode beside its floor, on this machine, now."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence

import numpy as np

from kvlab.measure.benchmark import compare_generation
from kvlab.measure.counters import generation_operations
from kvlab.measure.memory import peak_memory_bytes
from kvlab.measure.roofline import time_decode
from kvlab.model.transformer import Transformer

_PROMPT_LENGTH = 6


def machine() -> str:
    """The machine and the versions that a timing belongs to, in a line."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors{load}; "
        f"Python {platform.python_version()}, NumPy {np.__version__}"
    )


def report(model: Transformer, n_tokens: int, contexts: Sequence[int]) -> Iterator[str]:
    """The lines of a report, each as soon as it is known.

    Parameters
    ----------
    model : Transformer
    n_tokens : int
        To generate with and without a cache.
    contexts : sequence of int
        Context lengths at which decode steps are timed.

    Yields
    ------
    str
    """
    yield machine()
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 0.5:
        yield "Something else is running: timings will be high, and ratios uncertain."
    yield from _generation(model, n_tokens)
    yield from _decode(model, contexts)
    yield f"\npeak memory {peak_memory_bytes() / 2**20:,.0f} MiB, the bandwidth probe's matrix of 512 MiB included"


def _generation(model: Transformer, n_tokens: int) -> Iterator[str]:
    prompt = np.random.default_rng(0).integers(0, model.config.vocab_size, _PROMPT_LENGTH).tolist()
    both = compare_generation(prompt, n_tokens, model)
    yield f"\n{n_tokens} tokens from a prompt of {_PROMPT_LENGTH}, the same tokens both ways; median of 3, spread"
    for name, arm in (("recomputed", both.standard), ("cached", both.cached)):
        yield f"  {name:<11} {float(arm):8.2f} s   {arm.spread:4.0%}   {arm.tokens_per_second:6.1f} tokens/s"
    low, high = both.speedup_range
    counted = [
        sum(step.total for step in generation_operations(model.config, _PROMPT_LENGTH, n_tokens, cached=cached))
        for cached in (False, True)
    ]
    operations = counted[0] / counted[1]
    yield f"  ratio       {both.speedup:8.1f}     pairs {low:.1f} to {high:.1f}; operations {operations:.1f}"


def _decode(model: Transformer, contexts: Sequence[int]) -> Iterator[str]:
    yield "\none decode step beside its floor: weights and stored keys and values over the read bandwidth"
    yield "  context    step ms   floor ms   ratio   quartiles      GB/s"
    for context in contexts:
        timed = time_decode(model, context)
        low, high = timed.quartiles
        yield (
            f"  {context:7,}   {1e3 * timed.step:8.2f}   {1e3 * timed.floor:8.2f}   {timed.over_floor:5.2f}"
            f"   {low:.2f} to {high:.2f}   {timed.bandwidth / 1e9:5.1f}"
        )
