"""What a model of the Llama family is made of: a handful of numbers, each explicit."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any

from kvlab.model.rope import RopeConfig

_COUNTS = ("n_layers", "embed_dim", "n_heads", "n_kv_heads", "head_dim", "mlp_dim", "vocab_size")


@dataclass(frozen=True)
class ModelConfig:
    """The geometry of one model; nothing is derived that a checkpoint may set on its own.

    ``head_dim`` is not ``embed_dim / n_heads`` (Qwen3, Gemma and Mistral-Nemo differ), and ``n_kv_heads``
    is not ``n_heads``: deriving either is how real calculators came to be wrong by up to eight times.

    Attributes
    ----------
    n_layers, embed_dim, n_heads, n_kv_heads, head_dim, mlp_dim, vocab_size : int
        L, E, H, H_kv, D, M and V of the book's notation.
    norm_eps : float
        The epsilon inside RMSNorm.
    rope : RopeConfig
        Rotary embedding: its base and its scaling.
    tied_head : bool
        The output head is the transposed embedding.
    qkv_bias, output_bias, mlp_bias : bool
        Whether those linear layers add a bias (Qwen2 has ``qkv_bias`` only).
    qk_norm : bool
        RMSNorm over each query and key head before the rotation (Qwen3).
    windows : tuple of (int or None)
        For each layer, how many of the newest tokens a query may see, itself included; None is all.
        Empty means full attention in every layer.
    max_positions : int
        The context length the model was trained for. A statement, not a limit of the code.
    architecture : str
        The family member's name, for messages.

    Raises
    ------
    ValueError
        A count below 1, heads that do not divide into groups, an odd ``head_dim``, or windows that do not
        match the layers.
    """

    n_layers: int
    embed_dim: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    mlp_dim: int
    vocab_size: int
    norm_eps: float = 1e-5
    rope: RopeConfig = field(default_factory=RopeConfig)
    tied_head: bool = False
    qkv_bias: bool = False
    output_bias: bool = False
    mlp_bias: bool = False
    qk_norm: bool = False
    windows: tuple[int | None, ...] = ()
    max_positions: int = 2048
    architecture: str = "llama"

    def __post_init__(self) -> None:
        for name in _COUNTS:
            count = getattr(self, name)
            if not isinstance(count, int) or isinstance(count, bool) or count < 1:
                raise ValueError(f"{name} is {count!r}: it counts something and must be an int of at least 1.")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(
                f"{self.n_heads} query heads cannot share {self.n_kv_heads} key/value heads evenly: "
                "n_heads must be a multiple of n_kv_heads."
            )
        if not self.norm_eps >= 0:
            raise ValueError(f"norm_eps is {self.norm_eps}: it keeps a square root away from 0 and cannot be negative.")
        if self.head_dim % 2:
            raise ValueError(f"head_dim is {self.head_dim}: rotary embedding turns pairs, so it must be even.")
        if self.windows and len(self.windows) != self.n_layers:
            raise ValueError(f"windows has {len(self.windows)} entries for {self.n_layers} layers: give one a layer.")
        if any(window is not None and window < 1 for window in self.windows):
            raise ValueError(
                f"windows is {self.windows}: a window is None (no limit) or at least 1 (the token itself)."
            )

    @property
    def group_size(self) -> int:
        """Query heads that share one key/value head, G = H / H_kv."""
        return self.n_heads // self.n_kv_heads

    def window(self, layer_idx: int) -> int | None:
        """The window of one layer, or None where it sees everything."""
        return self.windows[layer_idx] if self.windows else None

    def with_(self, **changes: Any) -> ModelConfig:
        """A copy with some fields changed; unknown names are refused by name."""
        known = {f.name for f in fields(self)}
        if unknown := sorted(set(changes) - known):
            raise ValueError(f"ModelConfig has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
        return replace(self, **changes)
