"""Operations for each byte: what decides whether a step waits for arithmetic or for memory.

The roofline model (Williams, Waterman and Patterson 2009): a machine does at most ``rate`` operations a
second and reads at most ``bandwidth`` bytes a second, so work that does I operations on each byte runs at
min(rate, I * bandwidth). Weights serve every token of a batch; keys and values serve one sequence only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kvlab.measure.counters import forward_operations
from kvlab.model.config import ModelConfig
from kvlab.model.weights import layer_shapes

_FLOAT = 4  # bytes of a number


@dataclass(frozen=True)
class Work:
    """Operations, and the bytes that must be read or written at least once for them."""

    operations: int
    n_bytes: int

    @property
    def intensity(self) -> float:
        """Operations for each byte."""
        return self.operations / self.n_bytes

    def __add__(self, other: Work) -> Work:
        return Work(self.operations + other.operations, self.n_bytes + other.n_bytes)


@dataclass(frozen=True)
class Roof:
    """A machine's two limits.

    Attributes
    ----------
    rate : float
        Operations a second.
    bandwidth : float
        Bytes a second.
    """

    rate: float
    bandwidth: float

    @property
    def ridge(self) -> float:
        """The intensity at which both limits meet: below it memory decides, above it arithmetic."""
        return self.rate / self.bandwidth

    def attainable(self, intensity: float) -> float:
        """Operations a second that work of this intensity can reach."""
        return min(self.rate, intensity * self.bandwidth)

    def seconds(self, work: Work) -> float:
        """The least time: that of the slower of the two limits."""
        return max(work.operations / self.rate, work.n_bytes / self.bandwidth)


def linear_work(config: ModelConfig, n_tokens: int, *, n_logits: int | None = None) -> Work:
    """All matrix products with weights, over ``n_tokens`` tokens of whatever sequences.

    Parameters
    ----------
    n_logits : int, optional
        Tokens that the head is computed for; all of them if left out, as in decode.

    Returns
    -------
    Work
        Bytes are each matrix once, and each product's input and output.
    """
    n_logits = n_tokens if n_logits is None else n_logits
    counted = forward_operations(config, n_tokens, n_logits=n_logits)
    layer = sum(_product_bytes(n_tokens, *shape) for shape in layer_shapes(config).values() if len(shape) == 2)
    head = _product_bytes(n_logits, config.embed_dim, config.vocab_size)
    return Work(counted.total - counted.scores, config.n_layers * layer + head)


def attention_work(config: ModelConfig, contexts: Sequence[int]) -> Work:
    """Scores and weighted values of one new token in each sequence of a batch.

    Parameters
    ----------
    contexts : sequence of int
        T of each sequence: the keys its new token sees, its own included.

    Returns
    -------
    Work
        Bytes are every key and value once; the query and the output are left out (one row each).
    """
    operations = sum(forward_operations(config, 1, context - 1).scores for context in contexts)
    row = 2 * config.n_kv_heads * config.head_dim * _FLOAT  # a key and a value in one layer
    seen = sum(min(context, config.window(i) or context) for context in contexts for i in range(config.n_layers))
    return Work(operations, row * seen)


def _product_bytes(n_tokens: int, n_in: int, n_out: int) -> int:
    """Bytes of one product: matrix, input and output."""
    return _FLOAT * (n_in * n_out + n_tokens * (n_in + n_out))
