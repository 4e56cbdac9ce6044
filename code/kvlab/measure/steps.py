"""What one step costs at each length, with a cache and without, and what whole generations cost in sum.

An uncached run of a thousand tokens takes minutes, but its steps are known: pass after pass, each one token
longer. So a handful of lengths is measured, and the run is *integrated* from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.cache.transaction import StepCache
from kvlab.measure.rounds import Job, Rounds, in_turn, timed
from kvlab.model.transformer import Transformer

_CHUNK = 1024


def fill_synthetically(cache: StepCache, n_tokens: int) -> None:
    """Bring a cache to ``n_tokens``, by truncation or with random keys and values.

    The bytes are those of a real text, the numbers are not: right for timing, useless for text.
    """
    cache.truncate(min(n_tokens, cache.position))
    while cache.position < n_tokens:
        shape = (cache.n_kv_heads, min(_CHUNK, n_tokens - cache.position), cache.head_dim)  # [H_kv, T, D]
        noise = np.random.default_rng(cache.position).standard_normal(shape, dtype=np.float32).astype(cache.dtype)
        for layer_idx in range(cache.n_layers):
            cache.update(layer_idx, noise, noise)
        cache.advance(shape[1])


@dataclass(frozen=True)
class StepCosts:
    """Median seconds of the step whose text is ``lengths[i]`` tokens long, the newest included.

    Attributes
    ----------
    lengths : tuple of int
        Growing.
    recomputed, cached : tuple of float
        A pass over the whole text; a pass over its last token with the others in a cache.
    rounds : Rounds, optional
        Every time measured, by (``"recomputed"`` or ``"cached"``, length).
    """

    lengths: tuple[int, ...]
    recomputed: tuple[float, ...]
    cached: tuple[float, ...]
    rounds: Rounds | None = None

    @classmethod
    def of(cls, rounds: Rounds, lengths: Sequence[int]) -> StepCosts:
        """The medians of rounds that held ``step_jobs`` of these lengths."""
        both = [tuple(rounds.median((way, n)) for n in lengths) for way in ("recomputed", "cached")]
        return cls(tuple(lengths), both[0], both[1], rounds)

    def seconds(self, n_prompt: int, n_generated: int, *, cached: bool) -> float:
        """Seconds of a generation, integrated: its steps interpolated between those measured, and added up.

        Both ways begin with the same pass over the prompt.

        Raises
        ------
        ValueError
            A step is shorter or longer than any measured.
        """
        last = n_prompt + require_count("n_generated", n_generated) - 1
        if n_prompt < self.lengths[0] or last > self.lengths[-1]:
            raise ValueError(
                f"the steps are over {n_prompt} to {last} tokens, but measured were {self.lengths[0]} to "
                f"{self.lengths[-1]}: measure more lengths."
            )
        prompt = float(np.interp(n_prompt, self.lengths, self.recomputed))
        measured = self.cached if cached else self.recomputed
        steps = np.interp(range(n_prompt + 1, last + 1), self.lengths, measured)
        return prompt + float(steps.sum())

    def speedup(self, n_prompt: int, n_generated: int) -> float:
        """Integrated seconds without a cache over those with one."""
        without = self.seconds(n_prompt, n_generated, cached=False)
        return without / self.seconds(n_prompt, n_generated, cached=True)


def measure_steps(
    model: Transformer, lengths: Sequence[int], repeats: int = 3, *, probe: Job | None = None
) -> StepCosts:
    """Time a step at each length, both ways, all of them in turn; the cache is filled synthetically."""
    lengths = sorted(lengths)
    return StepCosts.of(in_turn(step_jobs(model, lengths), repeats, probe=probe), lengths)


def step_jobs(model: Transformer, lengths: Sequence[int]) -> dict[tuple[str, int], Job]:
    """A job for each step, named (``"recomputed"`` or ``"cached"``, length); those with a cache share one."""
    cache = KVCache.for_model(model.config, max(lengths))
    jobs = {("recomputed", n): _recompute(model, n) for n in lengths}
    return jobs | {("cached", n): _decode(model, cache, n) for n in lengths}


def _recompute(model: Transformer, length: int) -> Job:
    ids = np.arange(length) % model.config.vocab_size
    return timed(lambda: model.forward(ids, last_only=True))


def _decode(model: Transformer, cache: KVCache, length: int) -> Job:
    return timed(
        lambda: model.forward([0], cache, last_only=True), before=lambda: fill_synthetically(cache, length - 1)
    )
