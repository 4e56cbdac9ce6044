"""How many bytes a cache takes: one formula, every factor explicit."""

from __future__ import annotations

import sys

from kvlab.cache.base import require_count
from kvlab.model.config import ModelConfig


def kv_bytes_per_token(config: ModelConfig, bytes_per_element: float = 4) -> float:
    """Bytes of keys and values that one token leaves in all layers: 2 L H_kv D b.

    The 2 is keys and values. Query heads do not appear: nothing of a query is kept.
    """
    return 2 * config.n_layers * config.n_kv_heads * config.head_dim * bytes_per_element


def kv_cache_bytes(config: ModelConfig, n_tokens: int, bytes_per_element: float = 4) -> float:
    """Bytes of keys and values of ``n_tokens``; a layer with a window keeps no more than that.

    That is what attention needs, not what a cache reserves: ``KVCache`` keeps every token of every layer.
    """
    require_count("n_tokens", n_tokens, least=0)
    windows = (config.window(i) for i in range(config.n_layers))
    rows = sum(n_tokens if window is None else min(window, n_tokens) for window in windows)
    return rows * 2 * config.n_kv_heads * config.head_dim * bytes_per_element


def peak_memory_bytes() -> int:
    """The most resident memory that this process has had so far, in bytes.

    Raises
    ------
    RuntimeError
        On Windows, whose Python does not tell.
    """
    if sys.platform == "win32":
        raise RuntimeError("the peak memory of a process is not available on Windows.")
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # KiB on Linux
