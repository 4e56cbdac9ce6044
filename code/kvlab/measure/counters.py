"""Work counted, not timed: operations from the shapes, and how often each key and value row was computed.

Counts are the same on every machine, which makes them the better half of any argument about speed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.cache.base import Array
from kvlab.cache.contiguous import KVCache
from kvlab.model.config import ModelConfig


@dataclass(frozen=True)
class Operations:
    """Floating-point operations of one forward pass by part; a multiplication and an addition are two.

    Norms, activations, rotations and the softmax itself are left out: they grow like the projections, and
    are a few operations an element where those are hundreds.
    """

    projections: int  # query, key, value and output matrices
    mlp: int  # gate, up and down matrices
    scores: int  # queries against keys, and weights against values
    head: int  # hidden states to logits

    @property
    def total(self) -> int:
        """All parts together."""
        return self.projections + self.mlp + self.scores + self.head

    def __add__(self, other: Operations) -> Operations:
        mine, theirs = self.as_dict(), other.as_dict()
        return Operations(**{part: mine[part] + theirs[part] for part in mine})

    def as_dict(self) -> dict[str, int]:
        """The parts by name."""
        return {"projections": self.projections, "mlp": self.mlp, "scores": self.scores, "head": self.head}


def forward_operations(config: ModelConfig, n_new: int, n_cached: int = 0, *, n_logits: int = 1) -> Operations:
    """Operations of a pass over ``n_new`` tokens with ``n_cached`` before them in the cache.

    Parameters
    ----------
    config : ModelConfig
    n_new, n_cached : int
        N and the tokens already stored; without a cache, the whole text is new.
    n_logits : int
        Positions that the head is computed for.

    Returns
    -------
    Operations

    Notes
    -----
    A query at position p meets p + 1 keys (fewer in a layer with a window); nothing is counted for keys
    that the causal mask hides.
    """
    width = config.n_heads * config.head_dim
    per_token = config.embed_dim * (width + 2 * config.n_kv_heads * config.head_dim) + width * config.embed_dim
    pairs = sum(visible_pairs(n_new, n_cached, config.window(i)) for i in range(config.n_layers))
    return Operations(
        projections=2 * n_new * per_token * config.n_layers,
        mlp=2 * n_new * 3 * config.embed_dim * config.mlp_dim * config.n_layers,
        scores=2 * 2 * width * pairs,
        head=2 * n_logits * config.embed_dim * config.vocab_size,
    )


def visible_pairs(n_new: int, n_cached: int, window: int | None = None) -> int:
    """Pairs of a new query and a key it may see, in one layer and head."""
    seen = np.arange(n_cached + 1, n_cached + n_new + 1, dtype=np.int64)  # [N] keys each query sees
    return int((seen if window is None else np.minimum(seen, window)).sum())


def generation_operations(config: ModelConfig, n_prompt: int, n_generated: int, *, cached: bool) -> list[Operations]:
    """Operations of each step of a generation: the counterpart of ``generate_recompute`` or ``generate_cached``."""
    first = forward_operations(config, n_prompt)
    lengths = range(n_prompt + 1, n_prompt + n_generated)
    if cached:
        return [first, *(forward_operations(config, 1, length - 1) for length in lengths)]
    return [first, *(forward_operations(config, length) for length in lengths)]


class CountingCache(KVCache):
    """A KVCache that counts how often each position's key and value were computed, in each layer.

    ``reset`` forgets the tokens but keeps the count: emptied before every step, it watches a loop that
    recomputes; left alone, it watches one that does not.

    Attributes
    ----------
    rows_computed : array of int ``[L, S]``
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows_computed: NDArray[np.int64] = np.zeros((self.n_layers, self.max_seq_len), dtype=np.int64)

    def _stage(self, layer_idx: int, key: Array, value: Array) -> None:
        super()._stage(layer_idx, key, value)
        self.rows_computed[layer_idx, self.position : self.position + key.shape[1]] += 1
