"""The same model with compiled parts: an option for speed, not the one that the chapters show.

A single token goes through ``kernels``, which needs the extra ``compiled`` (numba). A prompt's large products are
BLAS's as before, on several threads where it is long; only what lies between them is compiled. The first step of a
process loads the compiled code; the first on a machine compiles it, which takes about a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import get_num_threads

from kvlab.cache.base import Segment
from kvlab.model.attention import QUERY_BLOCK, attend
from kvlab.model.bfloat16 import bfloat16_weights
from kvlab.model.config import ModelConfig
from kvlab.model.kernels import (
    attend_one,
    causal_softmax,
    finish,
    logits,
    project,
    rotated_heads,
    swiglu,
)
from kvlab.model.threaded import ThreadedTransformer
from kvlab.model.transformer import Array, IntArray, _Step
from kvlab.model.weights import LayerWeights, ModelWeights


class CompiledTransformer(ThreadedTransformer):
    """A ``Transformer`` whose single tokens are computed by compiled code, on as many threads as numba has.

    Every cache works as with ``Transformer``, and logits agree with its to rounding. Where a model has biases, norms of
    queries and keys, or windows, or a cache several segments, NumPy does the part that has no kernel.

    Examples
    --------
    >>> from kvlab import ModelConfig, Transformer
    >>> plain = Transformer.random(ModelConfig(1, 8, n_heads=2, n_kv_heads=1, head_dim=4, mlp_dim=16, vocab_size=32))
    >>> fast = CompiledTransformer(plain.config, plain.weights)
    >>> bool(np.allclose(fast.forward([5]), plain.forward([5]), atol=1e-5))
    True
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._threads = get_num_threads()
        config = self.config
        self._plain = not (config.qkv_bias or config.output_bias or config.mlp_bias or config.qk_norm)
        self._read = self.weights  # what a single token's products read

    def _compiles(self, steps: list[_Step]) -> bool:
        """Whether this pass is one token of one sequence, through layers that the kernels know."""
        rotates_later = steps[0].cache is not None and steps[0].cache.rotate_on_read
        return self._plain and len(steps) == 1 and len(steps[0].token_ids) == 1 and not rotates_later

    def _hidden(self, steps: list[_Step]) -> Array:
        """See Transformer: ``[1, E]`` from compiled code where it is one token."""
        if not self._compiles(steps):
            return super()._hidden(steps)
        (step,), eps, threads = steps, self.config.norm_eps, self._threads
        cos, sin = step.angles[0][0, 0], step.angles[1][0, 1]  # [D/2]
        n_rotated = self.config.n_heads + self.config.n_kv_heads
        hidden = np.ascontiguousarray(self.weights.embedding[step.token_ids[0]])  # [E]
        for i, w in enumerate(self._read.layers):
            qkv = project(hidden, w.attention_norm, eps, w.qkv, cos, sin, n_rotated, threads)
            attended = self._one_layer(i, qkv, step)
            hidden = finish(hidden, attended, w.output, w.mlp_norm, eps, w.gate_up, w.down, threads)
        return hidden[None]

    def _one_layer(self, layer_idx: int, qkv: Array, step: _Step) -> Array:
        """Attention of one token whose queries and keys are rotated: ``[(H + 2 H_kv) D]`` to ``[H D]``."""
        heads = qkv.reshape(-1, 1, self.config.head_dim)  # [H + 2 H_kv, 1, D]
        first_key, first_value = self.config.n_heads, self.config.n_heads + self.config.n_kv_heads
        parts = heads[:first_key], heads[first_key:first_value], heads[first_value:]
        return self._gather(layer_idx, *parts, step).reshape(-1)

    def _attention_of(
        self, query: Array, segments: Sequence[Segment], positions: IntArray, window: int | None
    ) -> Array:
        """See Transformer: over one segment, in the order of its positions, it is compiled."""
        (n_heads, n, head_dim), segment = query.shape, segments[0]
        n_kv_heads, seen = len(segment.keys), int(positions[-1]) + 1
        ordered = segment.positions is None and segment.rope_positions is None and segment.keys.shape[1] >= seen
        if len(segments) > 1 or not ordered or segment.keys.dtype != np.float32 or (window is not None and n > 1):
            return attend(query, segments, positions, window=window, rope=self._rope)
        scale = np.float32(head_dim**-0.5)
        grouped = query.reshape(n_kv_heads, -1, n, head_dim)  # [H_kv, G, N, D]
        if n > 1:
            return _attend_causally(grouped, scale, segment, int(positions[0])).reshape(n_heads, n, -1)
        first = 0 if window is None else max(0, seen - window)
        keys, values = tuple(segment.keys[:, first:seen]), tuple(segment.values[:, first:seen])  # of each head, [n, D]
        one: Array = attend_one(grouped[:, :, 0] * scale, keys, values, self._threads)
        return one.reshape(n_heads, 1, -1)

    def _heads(self, weights: LayerWeights, qkv: Array, step: _Step) -> tuple[Array, Array, Array]:
        """See Transformer: rotation is compiled where nothing is in its way."""
        if self.config.qk_norm or (step.cache is not None and step.cache.rotate_on_read):
            return super()._heads(weights, qkv, step)
        n_heads, n_rotated = self.config.n_heads, self.config.n_heads + self.config.n_kv_heads
        rotated = rotated_heads(qkv, step.angles[0][:, 0], step.angles[1][:, 1], n_rotated)  # [H + H_kv, N, D]
        value = qkv.reshape(len(qkv), -1, self.config.head_dim)[:, n_rotated:].transpose(1, 0, 2)
        return rotated[:n_heads], rotated[n_heads:], value

    def _gate(self, gate_up: Array) -> Array:
        """See Transformer: the activation of many tokens is compiled too."""
        gated: Array = swiglu(gate_up)
        return gated

    def _head(self, hidden: Array) -> Array:
        """See Transformer: compiled for one row."""
        if len(hidden) > 1:
            return super()._head(hidden)
        head = self._read.embedding.T if self._read.head is None else self._read.head
        one: Array = logits(hidden[0], self.weights.final_norm, self.config.norm_eps, head, self._threads)
        return one[None]


class Bfloat16Transformer(CompiledTransformer):
    """The model with its matrices rounded to bfloat16, of which a single token's products read two bytes a number.

    It is one model for prompts and for single tokens: BLAS has no products for bfloat16, so a prompt's read the rounded
    numbers as float32. Both lie in memory, half as much again as without. Smaller is what a decode step reads.
    """

    def __init__(self, config: ModelConfig, weights: ModelWeights, tokenizer: Any = None) -> None:
        narrow, rounded = bfloat16_weights(config, weights)
        super().__init__(config, rounded, tokenizer)
        self._read = narrow

    @property
    def bytes_read(self) -> int:
        """Of weights, by a decode step."""
        return self._read.nbytes


def _attend_causally(queries: Array, scale: np.float32, segment: Segment, start: int) -> Array:
    """A prompt's attention ``[H_kv, G, N, D]``: BLAS's products, and between them a compiled softmax.

    In blocks of queries, one head after the other, so that scores stay in the processor's cache.
    """
    n_kv_heads, group, n, head_dim = queries.shape
    by_token = np.empty((n, n_kv_heads, group, segment.values.shape[-1]), np.float32)  # the next product reads it so
    attended = by_token.transpose(1, 2, 0, 3)  # [H_kv, G, N, D]
    for first in range(0, n, QUERY_BLOCK):
        rows, seen = slice(first, min(first + QUERY_BLOCK, n)), start + min(first + QUERY_BLOCK, n)
        for head in range(n_kv_heads):
            block = queries[head, :, rows].reshape(-1, head_dim) * scale  # [G * rows, D]
            scores = block @ segment.keys[head, :seen].T
            totals = causal_softmax(scores.reshape(group, -1, seen), start + first)
            weighted = (scores @ segment.values[head, :seen]).reshape(group, -1, attended.shape[-1])
            attended[head, :, rows] = weighted / totals[..., None]
    return attended
