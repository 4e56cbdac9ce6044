"""The book's own engine: NumPy, and the contiguous cache."""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Sequence

import numpy as np

from kvlab.bench.engine import prompt
from kvlab.cache.contiguous import KVCache
from kvlab.measure.steps import fill_synthetically
from kvlab.model.generate import generate_cached
from kvlab.model.transformer import Transformer


class KvlabEngine:
    """``Transformer`` with a ``KVCache``; a long context is filled with random keys and values.

    Parameters
    ----------
    model : Transformer
    max_seq_len : int
        Room of the cache. Memory that no token has touched is not taken.
    cache : KVCache, optional
        One to use instead, which may be another engine's too: between two calls it holds only what was filled.
    """

    def __init__(self, model: Transformer, max_seq_len: int = 32_769, *, cache: KVCache | None = None) -> None:
        self._model = model
        self._cache = KVCache.for_model(model.config, max_seq_len) if cache is None else cache

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """See Engine."""
        return list(generate_cached(self._model, prompt_ids, n))

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """See Engine."""
        logits: list[float] = self._model.forward(token_ids, last_only=True)[-1].tolist()
        return logits

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        self._cache.reset()
        start = time.perf_counter()
        self._model.forward(token_ids, self._cache, last_only=True)
        return time.perf_counter() - start

    def fill(self, n_tokens: int) -> None:
        """See Engine."""
        fill_synthetically(self._cache, n_tokens)

    def step(self) -> float:
        """See Engine."""
        held = self._cache.position
        start = time.perf_counter()
        self._model.forward([1], self._cache, last_only=True)
        seconds = time.perf_counter() - start
        self._cache.truncate(held)
        return seconds

    def batch(self, n_sequences: int, context: int) -> float:
        """Seconds of a step that gives each of several sequences a token, after one that is not counted."""
        caches = [KVCache.for_model(self._model.config, context + 1) for _ in range(n_sequences)]
        for cache in caches:
            fill_synthetically(cache, context)
        sequences = [([1], cache) for cache in caches]
        seconds = []
        for _ in range(4):
            start = time.perf_counter()
            self._model.forward_batch(sequences, last_only=True)
            seconds.append(time.perf_counter() - start)
            for cache in caches:
                cache.truncate(context)
        return float(np.median(seconds[1:]))

    def floor_bytes(self) -> int:
        """Bytes that a step must read: every weight, and the keys and values stored."""
        return self._model.weights.nbytes + (self._cache.position + 1) * self._cache.bytes_per_token

    def versions(self) -> dict[str, str]:
        """See Engine."""
        blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
        return {"numpy": importlib.metadata.version("numpy"), blas["name"]: blas["version"]}


def make(name: str, threads: int) -> KvlabEngine:
    """The engine for a model; BLAS takes its threads from the environment."""
    from kvlab.bench.models import bench_model

    engine = KvlabEngine(bench_model(name))
    engine.prefill(prompt(8, 256))
    return engine
