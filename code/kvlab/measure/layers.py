"""What one layer keeps of a sequence: ``bytes(T) = a + b * rows(T)``.

Every cache in use today is a sum of such terms. Full attention keeps a row for every token, a window keeps at most
as many as it is wide, a latent cache keeps one short row for all heads, a compressed one a row for every few
tokens, a recurrent layer a state of fixed size (a) and no rows, and a layer that borrows keeps nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from kvlab.measure.storage import Storage, storage


@dataclass(frozen=True)
class Serving:
    """How a cache is stored and spread.

    Attributes
    ----------
    keys, values : Storage
        Number formats; of the latent vector and its rotated part where there is a latent.
    tensor_parallel : int
        Devices that share the heads. All results are for one of them.
    block : int
        Rows are given out in blocks of so many tokens; 1 rounds nothing up.
    state : Storage
        Of recurrent states, which engines mostly keep in fp32.
    """

    keys: Storage = field(default_factory=lambda: storage("bf16"))
    values: Storage = field(default_factory=lambda: storage("bf16"))
    tensor_parallel: int = 1
    block: int = 1
    state: Storage = field(default_factory=lambda: storage("fp32"))

    def __post_init__(self) -> None:
        for name in ("tensor_parallel", "block"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it counts something and must be at least 1.")


@dataclass(frozen=True)
class Layers:
    """Layers that keep the same.

    Attributes
    ----------
    n_layers : int
    kind : str
        What they are called: full, window, latent, index, state, shared ...
    n_heads, key_dim, value_dim : int
        A row is ``n_heads`` times a key and a value; ``value_dim`` 0 means that values are read from the keys.
    window : int or None
        At most so many of the newest tokens keep rows.
    tokens_per_row : int
        More than 1 where tokens are compressed.
    sharded : bool
        Whether devices share the heads; a latent is copied to each.
    state_numbers : int
        Numbers that a sequence keeps in a layer, however long it is.
    stored : Storage or None
        A format of its own, whatever the rest uses.
    """

    n_layers: int
    kind: str
    n_heads: int = 0
    key_dim: int = 0
    value_dim: int = 0
    window: int | None = None
    tokens_per_row: int = 1
    sharded: bool = True
    state_numbers: int = 0
    stored: Storage | None = None

    def rows(self, n_tokens: int, block: int = 1) -> int:
        """Rows that a sequence leaves in one layer, given out in blocks."""
        if not self.n_heads:
            return 0
        kept = n_tokens if self.window is None else min(n_tokens, self.window)
        rows = kept // self.tokens_per_row
        return math.ceil(rows / block) * block

    def row_bytes(self, serving: Serving) -> float:
        """Bytes of one row of one layer on one device: b."""
        keys, values = self.stored or serving.keys, self.stored or serving.values
        size = keys.row_bytes(self.key_dim) + values.row_bytes(self.value_dim)
        return self._heads(serving.tensor_parallel) * size

    def state_bytes(self, serving: Serving) -> float:
        """Bytes of one layer's state on one device, at any length: a."""
        return serving.state.row_bytes(self.state_numbers) / serving.tensor_parallel

    def bytes(self, n_tokens: int, serving: Serving) -> float:
        """Bytes of a sequence in all of these layers, on one device."""
        rows = self.rows(n_tokens, serving.block)
        each = self.state_bytes(serving) + self.row_bytes(serving) * rows
        return self.n_layers * each

    def _heads(self, devices: int) -> int:
        """Heads on one device: shared out while there are enough, copied when there are not."""
        if not self.sharded or not self.n_heads:
            return self.n_heads
        if self.n_heads % devices and devices % self.n_heads:
            raise ValueError(
                f"{self.n_heads} key/value heads cannot be shared out over {devices} devices: "
                "one of the two must be a multiple of the other."
            )
        return max(1, self.n_heads // devices)


def attention(
    n_layers: int, n_kv_heads: int, head_dim: int, *, value_dim: int | None = None, window: int | None = None
) -> Layers:
    """Layers of ordinary attention, with as many *key/value* heads as are stored."""
    kind = "full" if window is None else "window"
    return Layers(n_layers, kind, n_kv_heads, head_dim, head_dim if value_dim is None else value_dim, window)


def latent(n_layers: int, rank: int, rope_dim: int) -> Layers:
    """Multi-head latent attention: one vector for all heads, and one rotated key."""
    return Layers(n_layers, "latent", 1, rank, rope_dim, sharded=False)


def state(n_layers: int, numbers: int) -> Layers:
    """Recurrent layers (linear attention, state spaces): a fixed state for each sequence."""
    return Layers(n_layers, "state", state_numbers=numbers)
