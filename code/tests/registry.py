"""What every cache is tested with: the caches, the geometries, and the ways to cut a text."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kvlab import ConcatCache, KVCache, ModelConfig, RopeConfig, StepCache

# No two of a geometry's sizes are equal, so that a swapped axis cannot fit by chance.
GROUPED = ModelConfig(n_layers=3, embed_dim=24, n_heads=6, n_kv_heads=2, head_dim=10, mlp_dim=28, vocab_size=50)
GEOMETRIES = {
    "mha": GROUPED.with_(n_heads=4, n_kv_heads=4),
    "gqa": GROUPED,
    "mqa": GROUPED.with_(n_kv_heads=1),
    "one layer": GROUPED.with_(n_layers=1, tied_head=True),
    "biases": GROUPED.with_(qkv_bias=True, output_bias=True, mlp_bias=True),
    "qk norm": GROUPED.with_(qk_norm=True, head_dim=12),
    "window": GROUPED.with_(windows=(4, 4, 4)),
    "mixed windows": GROUPED.with_(windows=(None, 1, 5)),
    "llama3 rope": GROUPED.with_(rope=RopeConfig(scaling="llama3", factor=8, original_max_positions=16)),
    "yarn rope": GROUPED.with_(rope=RopeConfig(scaling="yarn", factor=4, original_max_positions=16)),
}

MakeCache = Callable[[ModelConfig, int], StepCache]
CACHES: dict[str, MakeCache] = {
    "contiguous": lambda config, size: KVCache.for_model(config, size),
    "concat": lambda config, size: ConcatCache.for_model(config),
}


def tokens(config: ModelConfig, n: int, seed: int = 0) -> list[int]:
    """A random text of n tokens."""
    return np.random.default_rng(seed).integers(0, config.vocab_size, n).tolist()


def ways_to_cut(n: int) -> dict[str, list[int]]:
    """Texts of n tokens cut into one piece, single tokens, prompt and steps, halves, and uneven pieces."""
    uneven, rest, size = [], n, 1
    while rest:
        piece = min(rest, size)
        uneven.append(piece)
        rest, size = rest - piece, size % 5 + 2
    cuts = {"whole": [n], "singles": [1] * n, "uneven": uneven}
    if n > 2:
        cuts |= {"halves": [n // 2, n - n // 2], "prompt, then steps": [n - 2, 1, 1], "step first": [1, n - 1]}
    return cuts


def step(cache: StepCache, n: int = 1, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Stage n random tokens in every layer; return what was staged, layer by layer."""
    rng = np.random.default_rng(seed)
    shape = (cache.n_kv_heads, n, cache.head_dim)
    staged = [
        (rng.standard_normal(shape).astype(cache.dtype), rng.standard_normal(shape).astype(cache.dtype))
        for _ in range(cache.n_layers)
    ]
    for layer_idx, (key, value) in enumerate(staged):
        cache.update(layer_idx, key, value)
    return staged


def contents(cache: StepCache) -> list[np.ndarray]:
    """A copy of everything committed, for comparison after a failure."""
    return [array.copy() for layer_idx in range(cache.n_layers) for array in cache.get(layer_idx)]


def same(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    """Equal to the last bit."""
    return len(left) == len(right) and all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))
