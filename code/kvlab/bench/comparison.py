"""Engines in turn, round after round, after they have written the same tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kvlab.bench.engine import Engine, Stepper, prompt
from kvlab.measure.equality import first_divergence
from kvlab.measure.rounds import GATE, Job, Rounds, in_turn
from kvlab.model.transformer import Transformer

PAUSE = 0.06  # seconds for another engine's threads to stop waiting in a loop for more work
LONG_PROMPT = 600  # tokens; with so many, an engine that has another way for long prompts takes it
TURN = 0.08  # seconds at least, and four steps, of an engine's turn; before it a quarter as long that is not counted


@dataclass(frozen=True)
class Agreement:
    """Whether an engine writes what the reference writes.

    Attributes
    ----------
    tokens : int
        How many tokens were compared.
    near_tie : int or None
        Where they parted at two logits closer than rounding, if they did.
    refused : str
        Why its times are not to be compared; empty if they are.
    """

    tokens: int
    near_tie: int | None = None
    refused: str = ""


def agreement(model: Transformer, engine: Engine, n_tokens: int = 32, *, n_prompt: int = 24) -> Agreement:
    """Compare an engine's greedy tokens with those of the model itself, after a prompt.

    Tokens may part where the best two logits are closer than twice the largest difference between the two engines'
    logits, which rounding explains; anywhere else one of the two computes another model.
    """
    from kvlab.model.generate import generate_cached

    ids = prompt(n_prompt, model.config.vocab_size)
    ours, theirs = list(generate_cached(model, ids, n_tokens)), engine.greedy(ids, n_tokens)
    difference = np.abs(model.forward(ids, last_only=True)[-1] - np.array(engine.logits(ids), dtype=np.float32)).max()
    parted = first_divergence(model, ids, ours, theirs, max_difference=float(difference))
    if parted is None:
        return Agreement(n_tokens)
    if parted.near_tie:
        return Agreement(parted.number, near_tie=parted.number)
    return Agreement(parted.number, refused=(
        f"its token {parted.number} differs, where the best logit leads by {parted.gap:.2g} and rounding explains "
        f"{parted.bound:.2g}"
    ))  # fmt: skip


class Reads:
    """A read of known size, taken in turn like an engine: its speed makes bytes into seconds.

    Parameters
    ----------
    job : Job
        From ``bandwidth_probe``, as is ``n_bytes``.
    """

    def __init__(self, job: Job, n_bytes: int) -> None:
        self.step, self._n_bytes = job, n_bytes

    def fill(self, n_tokens: int) -> None:
        """Nothing to fill."""

    def floor(self, n_bytes: int, seconds: float) -> float:
        """Seconds to read so many bytes when the job took ``seconds``."""
        return n_bytes * seconds / self._n_bytes


def decode_rounds(
    engines: Mapping[str, Stepper], context: int, repeats: int, *, probe: Job | None = None, gate: float = GATE
) -> Rounds:
    """Seconds of a decode step of each engine at a context length, all in turn.

    In its turn, an engine makes some steps, of which the median counts; the first ones find another engine's data in
    the processor's caches, and are not counted.
    """
    for engine in engines.values():
        engine.fill(context)
    return in_turn({name: _turn(engine.step) for name, engine in engines.items()}, repeats, probe=probe, gate=gate)


def prefill_rounds(
    engines: Mapping[str, Engine], n_tokens: int, vocab_size: int, repeats: int, *, probe: Job | None = None
) -> Rounds:
    """Seconds of a whole prompt's pass of each engine, all in turn."""
    ids = prompt(n_tokens, vocab_size)
    return in_turn({name: _once(engine, ids) for name, engine in engines.items()}, repeats, probe=probe)


def _turn(step: Callable[[], float]) -> Job:
    def job() -> float:
        time.sleep(PAUSE)
        _steps(step, TURN / 4, 1)
        return float(np.median(_steps(step, TURN, 4)))

    return job


def _steps(step: Callable[[], float], seconds: float, least: int) -> list[float]:
    """Steps for so many seconds of their own time, and at least so many."""
    taken: list[float] = []
    while len(taken) < least or sum(taken) < seconds:
        taken.append(step())
    return taken


def _once(engine: Engine, ids: Sequence[int]) -> Job:
    def job() -> float:
        time.sleep(PAUSE)
        return engine.prefill(ids)

    return job
