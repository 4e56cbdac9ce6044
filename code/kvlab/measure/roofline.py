"""How fast decode could be: a step must read every weight and every stored key and value once.

That takes bytes over bandwidth. The floor is measured in the same minute as the steps, because machines
have moods.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.model.transformer import Transformer

PROBE_BYTES = 512 * 2**20  # far beyond any processor's caches


@dataclass(frozen=True)
class DecodeTiming:
    """Decode steps at one context length, beside their floor.

    Attributes
    ----------
    context : int
        Tokens in the cache when the step begins.
    step_seconds, probe_seconds : tuple of float
        Each step's time, and that of the bandwidth probe made just before it.
    step_bytes, probe_bytes : int
        What a step and a probe must read.
    """

    context: int
    step_seconds: tuple[float, ...]
    probe_seconds: tuple[float, ...]
    step_bytes: int
    probe_bytes: int

    @property
    def bandwidth(self) -> float:
        """Bytes read per second, from the median probe."""
        return self.probe_bytes / float(np.median(self.probe_seconds))

    @property
    def floor(self) -> float:
        """Seconds that reading a step's bytes takes at that bandwidth."""
        return self.step_bytes / self.bandwidth

    @property
    def step(self) -> float:
        """Median seconds of a step."""
        return float(np.median(self.step_seconds))

    @property
    def over_floor(self) -> float:
        """How many times the floor a step takes: 1 would be the speed of memory."""
        return self.step / self.floor

    @property
    def quartiles(self) -> tuple[float, float]:
        """Over the floor, the quarter and three-quarter points of the steps."""
        low, high = np.percentile(self.step_seconds, [25, 75]) / self.floor
        return float(low), float(high)


def bandwidth_probe(n_bytes: int = PROBE_BYTES) -> tuple[Callable[[], float], int]:
    """A function that reads so many bytes through a matrix-vector product and returns the seconds it took.

    The product is BLAS's own, with as many threads as it uses: nothing in NumPy reads memory faster, and
    decode consists of such products.

    Returns
    -------
    probe, n_bytes
        The function, and the bytes it reads exactly.
    """
    rows = 8192
    matrix = np.ones((rows, max(1, n_bytes // (4 * rows))), dtype=np.float32)
    vector = np.ones((1, rows), dtype=np.float32)

    def probe() -> float:
        start = time.perf_counter()
        vector @ matrix
        return time.perf_counter() - start

    probe()
    return probe, matrix.nbytes


def read_bandwidth(n_bytes: int = PROBE_BYTES, repeats: int = 7) -> float:
    """Bytes a second that this machine reads, the median of several probes."""
    probe, n_bytes = bandwidth_probe(n_bytes)
    return n_bytes / float(np.median([probe() for _ in range(require_count("repeats", repeats))]))


def time_decode(model: Transformer, context: int, *, repeats: int = 30) -> DecodeTiming:
    """Time single-token steps at a context length, a bandwidth probe before each.

    The cache is filled with random tokens' keys and values by a real prefill; every step starts from it anew.
    """
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, model.config.vocab_size, size=require_count("context", context) + 1)
    cache = KVCache.for_model(model.config, context + 1)
    model.forward(tokens[:-1], cache, last_only=True)
    probe, probe_bytes = bandwidth_probe()
    probes, steps = [], []
    for _ in range(require_count("repeats", repeats) + 1):
        cache.truncate(context)
        probes.append(probe())
        start = time.perf_counter()
        model.forward(tokens[-1:], cache, last_only=True)
        steps.append(time.perf_counter() - start)
    step_bytes = model.weights.nbytes + (context + 1) * cache.bytes_per_token
    return DecodeTiming(context, tuple(steps[1:]), tuple(probes[1:]), step_bytes, probe_bytes)
