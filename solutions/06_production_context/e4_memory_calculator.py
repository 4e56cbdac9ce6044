"""6.4 Memory calculator"""

from collections.abc import Mapping, Sequence
from typing import Any


class MemoryCalculator:
    """A sum over groups of layers, each ``a + b * rows(T)``."""

    def __init__(self, groups: Sequence[Mapping[str, Any]], bytes_per_number: float = 2) -> None:
        for group in groups:
            if group["kind"] not in ("full", "window", "latent", "state"):
                raise ValueError(f"kind is {group['kind']!r}; it can be full, window, latent or state.")
        self._groups = groups
        self._bytes_per_number = bytes_per_number

    def sequence_bytes(self, n_tokens: int) -> float:
        """All layers together."""
        if n_tokens < 0:
            raise ValueError(f"n_tokens is {n_tokens}: a sequence has 0 tokens or more.")
        return sum(group["n_layers"] * self._layer_bytes(group, n_tokens) for group in self._groups)

    def next_token_bytes(self, n_tokens: int) -> float:
        """A difference of two lengths, so that no second formula can disagree with the first."""
        return self.sequence_bytes(n_tokens + 1) - self.sequence_bytes(n_tokens)

    def report(self, n_tokens: int) -> str:
        """Powers of 1024, under their own names."""
        size, unit = self.sequence_bytes(n_tokens), "B"
        for larger in ("KiB", "MiB", "GiB"):
            if size >= 1024:
                size, unit = size / 1024, larger
        return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"

    def _layer_bytes(self, group: Mapping[str, Any], n_tokens: int) -> float:
        """One layer: a state, or rows of so many numbers."""
        if group["kind"] == "state":
            return 4 * group["state_numbers"]
        rows = min(n_tokens, group["window"]) if group["kind"] == "window" else n_tokens
        if group["kind"] == "latent":
            row = group["rank"] + group["rope_dim"]
        else:
            row = 2 * group["n_kv_heads"] * group["head_dim"]
        return rows * row * self._bytes_per_number
