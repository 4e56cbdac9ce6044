"""How fast each pair of dimensions turns, and how checkpoints stretch that to longer contexts.

Stretching slows the slow pairs, whose angles a model trained on short texts has never seen beyond some point, and
leaves the fast ones, which tell neighbours apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Frequencies = NDArray[np.float64]  # radians per position, one for each pair


@dataclass(frozen=True)
class RopeConfig:
    """How fast each pair turns.

    Attributes
    ----------
    theta : float
        The base: pair i turns by ``theta ** (-2 i / D)`` a token.
    scaling : str
        ``"default"``, ``"linear"`` (all positions divided by ``factor``), ``"llama3"`` (slow pairs only) or
        ``"yarn"`` (slow pairs only, and the scores sharpened).
    factor, low_freq_factor, high_freq_factor, original_max_positions
        The parameters of Llama 3's rule.
    beta_fast, beta_slow, attention_factor, truncate
        The parameters of YaRN (Peng et al. 2023, arXiv:2309.00071, sections 3.2 and 3.4).
    frequency_factors : tuple of float or None
        For each of the D/2 pairs, by how much it turns more slowly, before any scaling. GGUF files spell
        Llama 3's rule out in this way.

    Raises
    ------
    ValueError
        An unknown kind of scaling, named, or a parameter that is not positive.
    """

    theta: float = 10000.0
    scaling: str = "default"
    factor: float = 1.0
    low_freq_factor: float = 1.0
    high_freq_factor: float = 4.0
    original_max_positions: int = 8192
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    attention_factor: float | None = None
    truncate: bool = True
    frequency_factors: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if self.scaling not in _SCALINGS:
            raise ValueError(
                f"RoPE scaling {self.scaling!r} is not supported; {', '.join(sorted(_SCALINGS))} are. "
                "Other kinds turn a key by an angle that depends on tokens still to come."
            )
        if not (self.theta > 0 and self.factor > 0 and self.original_max_positions > 0):
            raise ValueError(f"RoPE theta, factor and original_max_positions must be positive: {self}.")
        if self.high_freq_factor <= self.low_freq_factor or not (self.beta_fast > 0 and self.beta_slow > 0):
            raise ValueError(f"RoPE high_freq_factor must exceed low_freq_factor, and both betas be positive: {self}.")
        if self.frequency_factors is not None and not all(factor > 0 for factor in self.frequency_factors):
            raise ValueError(f"RoPE frequency_factors divide angles and must be positive: {self.frequency_factors}.")

    def frequencies(self, head_dim: int) -> Frequencies:
        """The angle each pair turns by per position, in radians, ``[D / 2]``."""
        plain = self.theta ** (-np.arange(0, head_dim, 2, dtype=np.float64) / head_dim)
        if self.frequency_factors is not None:
            if len(self.frequency_factors) != len(plain):
                raise ValueError(f"{len(self.frequency_factors)} RoPE frequency_factors for {len(plain)} pairs.")
            plain = plain / np.asarray(self.frequency_factors)
        return _SCALINGS[self.scaling](self, plain)

    @property
    def magnitude(self) -> float:
        """What rotated vectors are multiplied by: 1 but for YaRN, ``0.1 ln(factor) + 1``."""
        if self.scaling != "yarn":
            return 1.0
        if self.attention_factor is not None:
            return self.attention_factor
        return 0.1 * math.log(self.factor) + 1.0 if self.factor > 1 else 1.0


def _linear(config: RopeConfig, plain: Frequencies) -> Frequencies:
    return plain / config.factor


def _llama3(config: RopeConfig, plain: Frequencies) -> Frequencies:
    """Pairs that turn less than ``low_freq_factor`` times in the original context are slowed by ``factor``."""
    turns = config.original_max_positions * plain / (2 * math.pi)
    keep = (turns - config.low_freq_factor) / (config.high_freq_factor - config.low_freq_factor)
    keep = np.clip(keep, 0.0, 1.0)
    return plain * (keep + (1 - keep) / config.factor)


def _yarn(config: RopeConfig, plain: Frequencies) -> Frequencies:
    """A ramp over pair indices: fast pairs kept, slow ones slowed by ``factor``, those between mixed."""
    head_dim = 2 * len(plain)

    def pair_that_turns(times: float) -> float:
        ratio = config.original_max_positions / (times * 2 * math.pi)
        return head_dim * math.log(ratio) / (2 * math.log(config.theta))

    low, high = pair_that_turns(config.beta_fast), pair_that_turns(config.beta_slow)
    if config.truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    ramp = (np.arange(head_dim // 2) - low) / (high - low or 0.001)
    keep = 1 - np.clip(ramp, 0.0, 1.0)
    mixed: Frequencies = plain * (keep + (1 - keep) / config.factor)
    return mixed


_SCALINGS: dict[str, Callable[[RopeConfig, Frequencies], Frequencies]] = {
    "default": lambda config, plain: plain, "linear": _linear, "llama3": _llama3, "yarn": _yarn,
}  # fmt: skip
