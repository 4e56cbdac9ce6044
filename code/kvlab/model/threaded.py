"""A prompt on several threads: each takes blocks of its tokens through a layer.

BLAS splits every product between its threads, and leaves all that lies between two products to one. Here the tokens are
split instead. BLAS gets one thread, and each of Python's takes a block of tokens through norm, product and rotation,
and, once the layer's keys and values are stored, through attention and MLP. NumPy lets go of the interpreter meanwhile.

It is a class of its own because it limits BLAS for the whole process while it works, which takes threadpoolctl.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from kvlab.cache.base import Segment
from kvlab.model.attention import store
from kvlab.model.ops import linear, rms_norm
from kvlab.model.transformer import Array, Transformer, _Step

SHORTEST = 512  # tokens, below which one product's threads are as fast
BLOCK_LENGTHS = 128, 256  # tokens of a block at least and at most


class ThreadedTransformer(Transformer):
    """A ``Transformer`` that works on long prompts with as many threads as BLAS has.

    Every cache works as with ``Transformer``, and logits agree with its to rounding. Several sequences at once, short
    ones, and caches that choose tokens by attention's weights are computed as there. Needs the extra ``compiled``.

    Examples
    --------
    >>> from kvlab import ModelConfig
    >>> plain = Transformer.random(ModelConfig(1, 8, n_heads=2, n_kv_heads=1, head_dim=4, mlp_dim=16, vocab_size=32))
    >>> threaded = ThreadedTransformer(plain.config, plain.weights)
    >>> bool(np.allclose(threaded.forward([5] * 600), plain.forward([5] * 600), atol=1e-5))
    True
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._blas = ThreadpoolController().select(user_api="blas")

    def _blas_threads(self) -> int:
        """How many BLAS may use now; one where it is of a kind that cannot be asked."""
        return max((library["num_threads"] for library in self._blas.info()), default=1)

    def _hidden(self, steps: list[_Step]) -> Array:
        """See Transformer."""
        if not is_long_prompt(steps) or (threads := self._blas_threads()) == 1:
            return super()._hidden(steps)
        with self._blas.limit(limits=1), ThreadPoolExecutor(threads) as pool:
            return self._in_blocks(steps[0], pool)

    def _in_blocks(self, step: _Step, pool: Executor) -> Array:
        config, n = self.config, len(step.token_ids)
        hidden: Array = np.ascontiguousarray(self.weights.embedding[step.token_ids])  # [N, E]
        blocks = blocks_of(step)
        for layer_idx in range(config.n_layers):
            query = np.empty((config.n_heads, n, config.head_dim), np.float32)
            key, value = (np.empty((config.n_kv_heads, n, config.head_dim), np.float32) for _ in range(2))
            each(pool, partial(self._project, layer_idx, hidden, (query, key, value)), blocks)
            segments = store(step.cache, layer_idx, key, value)
            each(pool, partial(self._finish, layer_idx, hidden, query, segments), blocks)
        return hidden

    def _project(self, layer_idx: int, hidden: Array, heads: tuple[Array, ...], block: _Step) -> None:
        """Write the block's queries, keys and values to their places among those of all tokens."""
        weights = self.weights.layers[layer_idx]
        normed = rms_norm(hidden[block.rows], weights.attention_norm, self.config.norm_eps)
        own = self._heads(weights, linear(normed, weights.qkv, weights.qkv_bias), block)
        for all_tokens, some in zip(heads, own, strict=True):
            all_tokens[:, block.rows] = some

    def _finish(self, layer_idx: int, hidden: Array, query: Array, segments: Sequence[Segment], block: _Step) -> None:
        """Add to the block's hidden states what attention and MLP make of them."""
        weights, window = self.weights.layers[layer_idx], self.config.window(layer_idx)
        attended = self._attention_of(query[:, block.rows], segments, block.positions, window)  # [H, rows, D]
        by_token = attended.transpose(1, 0, 2).reshape(len(block.token_ids), -1)  # [rows, H D]
        hidden[block.rows] += linear(by_token, weights.output, weights.output_bias)
        hidden[block.rows] += self._mlp(weights, hidden[block.rows])


def is_long_prompt(steps: Sequence[_Step]) -> bool:
    """Whether these are many tokens of one sequence, into a cache that does not ask for attention's weights."""
    (step, *others), cache = steps, steps[0].cache
    return not others and len(step.token_ids) >= SHORTEST and not (cache is not None and cache.observes)


def blocks_of(step: _Step) -> list[_Step]:
    """Cut a prompt. The last tokens come first, as they see most: what is left at the end is then soon done."""
    n, (shortest, longest) = len(step.token_ids), BLOCK_LENGTHS
    length = min(max(n // 4, shortest), longest)
    blocks = (slice(start, min(start + length, n)) for start in reversed(range(0, n, length)))
    cos, sin = step.angles
    return [
        _Step(step.token_ids[rows], step.cache, rows, step.positions[rows], (cos[rows], sin[rows])) for rows in blocks
    ]


def each(pool: Executor, work: Callable[[_Step], None], blocks: Sequence[_Step]) -> None:
    """Have all blocks worked on, and wait for them; what one raises is raised."""
    for done in [pool.submit(work, block) for block in blocks]:
        done.result()
