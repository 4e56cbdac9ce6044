"""The Llama family's forward pass, for any number of new tokens and any cache, or none.

One pass serves prefill, chunked prefill, decode and verification alike: new tokens come in, their keys and
values go into the cache, and logits come out. It commits once, at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.cache.base import Cache, Segment
from kvlab.model.attention import attend, attention_weights, store
from kvlab.model.config import ModelConfig
from kvlab.model.ops import linear, rms_norm, swiglu
from kvlab.model.rope import Rope, rotate
from kvlab.model.weights import LayerWeights, ModelWeights, check_weights, random_weights

Array = NDArray[np.float32]
IntArray = NDArray[np.int64]
TokenIds = Sequence[int] | IntArray
MLP_BLOCK = 256  # tokens that go through an MLP at once


@dataclass(frozen=True)
class _Step:
    """What one sequence of a batch contributes to this forward pass."""

    token_ids: IntArray  # [N]
    cache: Cache | None
    rows: slice  # its rows among the concatenated tokens
    positions: IntArray  # [N]
    angles: tuple[Array, Array]  # rotation of its positions, [N, D] each


class Transformer:
    """A language model: a config, its weights, and, where text is wanted, a tokenizer.

    Parameters
    ----------
    config : ModelConfig
    weights : ModelWeights
    tokenizer : optional
        Whatever turns text into token ids; the model itself never uses it.

    Raises
    ------
    ValueError
        A weight is missing, surplus, not float32 or of another shape than the config says.
    """

    def __init__(self, config: ModelConfig, weights: ModelWeights, tokenizer: Any = None) -> None:
        check_weights(config, weights)
        self.config, self.weights, self.tokenizer = config, weights, tokenizer
        self._rope = Rope(config.rope, config.head_dim)

    @classmethod
    def random(cls, config: ModelConfig, seed: int = 0) -> Transformer:
        """A model with random weights, for experiments on shape and speed."""
        return cls(config, random_weights(config, seed))

    def forward(self, token_ids: TokenIds, cache: Cache | None = None, *, last_only: bool = False) -> Array:
        """Logits for what follows each new token.

        Parameters
        ----------
        token_ids : sequence of int, ``[N]``, N >= 1
            The tokens that the cache does not hold yet; without a cache, the whole text.
        cache : Cache, optional
            Holds the earlier tokens, and afterwards these too.
        last_only : bool
            Compute the head for the last token only: all that generation needs.

        Returns
        -------
        array ``[N, V]``, or ``[1, V]`` with ``last_only``

        Raises
        ------
        ValueError
            No tokens, an id outside the vocabulary, a cache of another geometry or without room, or
            logits that are not finite. After any failure the cache is as it was.
        """
        return self.forward_batch([(token_ids, cache)], last_only=last_only)[0]

    def forward_batch(
        self, sequences: Sequence[tuple[TokenIds, Cache | None]], *, last_only: bool = False
    ) -> list[Array]:
        """Several sequences at once, of any lengths, each with its own cache.

        Linear layers see all tokens as one matrix and read their weights once; attention runs sequence by
        sequence, so nothing is padded. If any sequence fails, no cache has changed.

        Raises
        ------
        ValueError
            As ``forward``; also if two sequences share a cache.
        """
        steps = self._open(sequences)
        try:
            logits = self._logits(steps, self._hidden(steps), last_only)
            for step in steps:
                if step.cache is not None:
                    step.cache.advance(len(step.token_ids))
        except BaseException:
            _roll_back(steps)
            raise
        return logits

    def _open(self, sequences: Sequence[tuple[TokenIds, Cache | None]]) -> list[_Step]:
        """Check everything, then open a step on every cache, or on none."""
        if not sequences:
            raise ValueError("the batch is empty: give at least one sequence, as (token_ids, cache).")
        caches = [cache for _, cache in sequences if cache is not None]
        if len({id(cache) for cache in caches}) < len(caches):
            raise ValueError("two sequences of the batch share one cache: fork() it, so that each has its own.")
        ids = [self._token_ids(tokens) for tokens, _ in sequences]
        steps: list[_Step] = []
        try:
            for tokens, (_, cache) in zip(ids, sequences, strict=True):
                positions = self._begin(cache, len(tokens))
                start = steps[-1].rows.stop if steps else 0
                rows = slice(start, start + len(tokens))
                steps.append(_Step(tokens, cache, rows, positions, self._rope.angles(positions)))
        except BaseException:
            _roll_back(steps)
            raise
        return steps

    def _begin(self, cache: Cache | None, n: int) -> IntArray:
        if cache is None:
            return np.arange(n)
        if cache.n_layers != self.config.n_layers:
            raise ValueError(f"the cache has {cache.n_layers} layers and the model {self.config.n_layers}.")
        return cache.begin(n)

    def _token_ids(self, token_ids: TokenIds) -> IntArray:
        """The ids as an array ``[N]``, or ValueError."""
        ids = np.asarray(token_ids)
        if ids.size == 0:
            raise ValueError("no tokens were given: a forward pass needs at least one.")
        if ids.ndim != 1 or not np.issubdtype(ids.dtype, np.integer):
            raise ValueError(f"token ids are {ids.dtype} {list(ids.shape)}; give one sequence of ints, [N].")
        if ids.min() < 0 or ids.max() >= self.config.vocab_size:
            wrong = int(ids[(ids < 0) | (ids >= self.config.vocab_size)][0])
            raise ValueError(f"token id {wrong} is outside the vocabulary, 0 .. {self.config.vocab_size - 1}.")
        return ids.astype(np.int64)

    def _hidden(self, steps: list[_Step]) -> Array:
        """The last layer's hidden states of all new tokens, ``[sum of N, E]``."""
        token_ids = np.concatenate([step.token_ids for step in steps])
        hidden: Array = np.ascontiguousarray(self.weights.embedding[token_ids])
        for layer_idx, weights in enumerate(self.weights.layers):
            hidden += self._attention(layer_idx, weights, hidden, steps)
            hidden += self._mlp(weights, hidden)
        return hidden

    def _attention(self, layer_idx: int, weights: LayerWeights, hidden: Array, steps: list[_Step]) -> Array:
        # [sum of N, (H + 2 H_kv) D]; what was normed is not kept while attention works
        qkv = linear(rms_norm(hidden, weights.attention_norm, self.config.norm_eps), weights.qkv, weights.qkv_bias)
        attended = [self._attend(layer_idx, weights, qkv[step.rows], step) for step in steps]
        return linear(np.concatenate(attended), weights.output, weights.output_bias)

    def _attend(self, layer_idx: int, weights: LayerWeights, qkv: Array, step: _Step) -> Array:
        """One sequence's attention: ``[N, (H + 2 H_kv) D]`` to ``[N, H D]``."""
        query, key, value = self._heads(weights, qkv, step)
        attended = self._gather(layer_idx, query, key, value, step)
        by_token: Array = attended.transpose(1, 0, 2).reshape(len(qkv), -1)
        return by_token

    def _gather(self, layer_idx: int, query: Array, key: Array, value: Array, step: _Step) -> Array:
        """Store the new keys and values, and attend to all there are: ``[H, N, D]``."""
        segments = store(step.cache, layer_idx, key, value)
        window = self.config.window(layer_idx)
        if step.cache is not None and step.cache.observes:
            seen = attention_weights(query, segments, step.positions, window=window)
            step.cache.observe(layer_idx, seen, step.positions)
        return self._attention_of(query, segments, step.positions, window)

    def _attention_of(
        self, query: Array, segments: Sequence[Segment], positions: IntArray, window: int | None
    ) -> Array:
        return attend(query, segments, positions, window=window, rope=self._rope)

    def _heads(self, weights: LayerWeights, qkv: Array, step: _Step) -> tuple[Array, Array, Array]:
        """The columns as heads, queries and keys normed and rotated: ``[H, N, D]`` and twice ``[H_kv, N, D]``."""
        config = self.config
        heads = qkv.reshape(len(qkv), -1, config.head_dim).transpose(1, 0, 2)  # [H + 2 H_kv, N, D]
        first_key, first_value = config.n_heads, config.n_heads + config.n_kv_heads
        asking, value = heads[:first_value], heads[first_value:]  # queries and keys: rotated in one go
        if weights.query_norm is not None and weights.key_norm is not None:
            query = rms_norm(heads[:first_key], weights.query_norm, config.norm_eps)
            key = rms_norm(heads[first_key:first_value], weights.key_norm, config.norm_eps)
            asking = np.concatenate([query, key])  # [H + H_kv, N, D]
        rotated = rotate(asking, step.angles)  # [H + H_kv, N, D]
        key = (asking if step.cache is not None and step.cache.rotate_on_read else rotated)[first_key:]
        return rotated[:first_key], key, value

    def _mlp(self, weights: LayerWeights, hidden: Array) -> Array:
        """Each token by itself; so many go through in blocks, and what lies between the matrices stays small."""
        if len(hidden) > MLP_BLOCK:
            blocks = (hidden[i : i + MLP_BLOCK] for i in range(0, len(hidden), MLP_BLOCK))
            return np.concatenate([self._mlp(weights, block) for block in blocks])
        normed = rms_norm(hidden, weights.mlp_norm, self.config.norm_eps)
        gated = self._gate(linear(normed, weights.gate_up, weights.gate_up_bias))  # [sum of N, M]
        return linear(gated, weights.down, weights.down_bias)

    def _gate(self, gate_up: Array) -> Array:
        return swiglu(gate_up)

    def _logits(self, steps: list[_Step], hidden: Array, last_only: bool) -> list[Array]:
        """Logits per sequence; not finite ones are refused before anything is committed."""
        if last_only:
            hidden = hidden[[step.rows.stop - 1 for step in steps]]
        logits = self._head(hidden)  # [rows, V]
        if not np.isfinite(logits).all():
            raise ValueError(f"the logits are not finite: {self._culprit()}.")
        if last_only:
            return [logits[i : i + 1] for i in range(len(steps))]
        return [logits[step.rows] for step in steps]

    def _head(self, hidden: Array) -> Array:
        """From hidden states ``[rows, E]`` to logits ``[rows, V]``."""
        normed = rms_norm(hidden, self.weights.final_norm, self.config.norm_eps)
        return linear(normed, self.weights.embedding.T if self.weights.head is None else self.weights.head)

    def _culprit(self) -> str:
        """Where a NaN or infinity comes from, found only once one has shown."""
        for name, array in self.weights.named():
            if not np.isfinite(array).all():
                return f"the weights hold NaN or infinity in {name}"
        return "the weights are finite, so the cache holds NaN or infinity, or the activations overflow"


def _roll_back(steps: list[_Step]) -> None:
    """Leave every cache of the batch as it was before the pass."""
    for step in steps:
        if step.cache is not None:
            step.cache.abort()
            if step.cache.position > step.positions[0]:
                step.cache.truncate(int(step.positions[0]))
