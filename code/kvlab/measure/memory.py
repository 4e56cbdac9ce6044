"""How many bytes a cache takes: one formula, every factor explicit, and its inverses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kvlab.cache.checks import require_count
from kvlab.measure.layers import Layers, Serving
from kvlab.model.config import ModelConfig

_ENDLESS = 2**50


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


@dataclass(frozen=True)
class CacheModel:
    """What a whole model keeps: groups of layers, each ``a + b * rows(T)``.

    Attributes
    ----------
    layers : sequence of Layers

    Examples
    --------
    >>> from kvlab.measure.layers import attention
    >>> CacheModel([attention(32, n_kv_heads=8, head_dim=128)]).bytes_per_token()
    131072.0
    """

    layers: Sequence[Layers]

    def sequence_bytes(self, n_tokens: int, serving: Serving | None = None) -> float:
        """Bytes that one sequence of ``n_tokens`` takes on one device."""
        require_count("n_tokens", n_tokens, least=0)
        return sum(part.bytes(n_tokens, serving or Serving()) for part in self.layers)

    def bytes_per_token(self, serving: Serving | None = None, *, beyond: int = 0) -> float:
        """Bytes that one more token costs once there are ``beyond``; full windows cost nothing more."""
        counted = [part for part in self.layers if part.window is None or part.window > beyond]
        rows = [part.n_layers * part.row_bytes(serving or Serving()) / part.tokens_per_row for part in counted]
        return float(sum(rows))

    def state_bytes(self, serving: Serving | None = None) -> float:
        """Bytes that a sequence takes before it has a token."""
        return self.sequence_bytes(0, serving)

    def max_tokens(self, budget: float, serving: Serving | None = None, *, batch: int = 1) -> int | None:
        """The longest context at which ``batch`` sequences fit into ``budget`` bytes; None where any length does.

        Raises
        ------
        ValueError
            Not even sequences without a token fit.
        """
        require_count("batch", batch)
        return _largest(lambda n: batch * self.sequence_bytes(n, serving) <= budget)

    def max_batch(self, budget: float, n_tokens: int, serving: Serving | None = None) -> int:
        """How many sequences of ``n_tokens`` fit into ``budget`` bytes; 0 if none does."""
        each = self.sequence_bytes(n_tokens, serving)
        return int(budget // each) if each else _ENDLESS


def _largest(fits: Callable[[int], bool]) -> int | None:
    """The largest number that fits, if all smaller ones fit and no larger one."""
    if not fits(0):
        raise ValueError("the memory is too small for the fixed states alone.")
    low, high = 0, _ENDLESS
    if fits(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def peak_memory_bytes() -> int:
    """The most resident memory that this process has had so far, in bytes.

    Raises
    ------
    RuntimeError
        On Windows, whose Python does not tell.
    """
    if sys.platform == "win32":
        raise RuntimeError("the peak memory of a process is not available on Windows.")
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage tells on Linux begins with the peak of the process that started this one
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # KiB elsewhere
