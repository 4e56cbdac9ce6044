"""The parts of a step run alone, and the machine's two limits: where measured points and roofs come from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kvlab.cache.base import Segment
from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.measure.intensity import Roof
from kvlab.measure.roofline import PROBE_BYTES, read_bandwidth
from kvlab.measure.rounds import in_turn, timed
from kvlab.model.attention import attend
from kvlab.model.transformer import Transformer


def peak_rate(size: int = 2048, repeats: int = 5) -> float:
    """Operations a second of a large square float32 product: the most that NumPy's BLAS gets out here."""
    matrix = np.ones((require_count("size", size), size), dtype=np.float32)
    return 2 * size**3 / in_turn({"gemm": timed(lambda: matrix @ matrix)}, repeats).median("gemm")


def measure_roof(size: int = 2048, n_bytes: int = PROBE_BYTES) -> Roof:
    """The two limits of the machine it runs on, now: medians of a few large products and a few long reads."""
    return Roof(peak_rate(size), read_bandwidth(n_bytes))


def linear_products(model: Transformer, n_tokens: int) -> Callable[[], None]:
    """A function that runs every weight product of a step over ``n_tokens`` tokens, and nothing else."""
    weights = model.weights
    matrices = [m for layer in weights.layers for m in (layer.qkv, layer.output, layer.gate_up, layer.down)]
    matrices.append(weights.embedding.T if weights.head is None else weights.head)
    inputs = {len(matrix): np.ones((n_tokens, len(matrix)), dtype=np.float32) for matrix in matrices}

    def run() -> None:
        for matrix in matrices:
            inputs[len(matrix)] @ matrix

    return run


def attention_products(model: Transformer, caches: Sequence[KVCache]) -> Callable[[], None]:
    """A function that attends with one query per sequence in every layer, and does nothing else."""
    config = model.config
    query = np.ones((config.n_heads, 1, config.head_dim), dtype=np.float32)  # [H, 1, D]

    def run() -> None:
        for layer_idx in range(config.n_layers):
            for cache in caches:
                newest = np.array([cache.position - 1])
                attend(query, (Segment(*cache.get(layer_idx)),), newest, window=config.window(layer_idx))

    return run
