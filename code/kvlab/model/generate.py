"""Generation twice: recomputing everything for each token, and remembering it.

The two functions stand next to each other so that the difference is all there is to see. Both hand out
each token as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kvlab.cache.base import Cache
from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.model.sampling import Sampler, greedy
from kvlab.model.transformer import TokenIds, Transformer


def generate_recompute(
    model: Transformer,
    prompt_ids: TokenIds,
    max_new_tokens: int,
    *,
    sampler: Sampler = greedy,
    stop_ids: Collection[int] = (),
) -> Iterator[int]:
    """Generate without a cache: every step runs the whole text through the model again.

    The fair baseline: the head is computed for the last position only, as any sensible loop would.

    Parameters
    ----------
    model : Transformer
    prompt_ids : sequence of int
        At least one token.
    max_new_tokens : int
        At least 1.
    sampler : callable, logits ``[V]`` to int
    stop_ids : collection of int
        The first of these ends generation; it is handed out too.

    Yields
    ------
    int
        Token ids, one a step.

    Raises
    ------
    ValueError
        As ``Transformer.forward``; bad counts at the call, not at the first token.
    """
    ids = _start(prompt_ids, max_new_tokens)

    def steps() -> Iterator[int]:
        for _ in range(max_new_tokens):
            logits = model.forward(ids, last_only=True)  # all of the text
            token = sampler(logits[-1])
            yield token
            if token in stop_ids:
                return
            ids.append(token)

    return steps()


def generate_cached(
    model: Transformer,
    prompt_ids: TokenIds,
    max_new_tokens: int,
    *,
    cache: Cache | None = None,
    sampler: Sampler = greedy,
    stop_ids: Collection[int] = (),
) -> Iterator[int]:
    """Generate with a cache: the prompt once (prefill), then one token a step (decode).

    Parameters
    ----------
    model, max_new_tokens, sampler, stop_ids
        As ``generate_recompute``.
    prompt_ids : sequence of int
        The tokens that the cache does not hold yet: at least one, because logits come from new tokens.
    cache : Cache, optional
        Continued where it stands. Left out, a ``KVCache`` of just the size needed is made. Afterwards it
        holds the prompt and every token handed out but the last, which no step has read yet.

    Yields
    ------
    int
        Token ids, one a step: those of ``generate_recompute`` on the same text.

    Raises
    ------
    ValueError
        As ``Transformer.forward``; a full cache raises when it is reached, with every token before it
        handed out.
    """
    new = _start(prompt_ids, max_new_tokens)
    if cache is None:
        cache = KVCache.for_model(model.config, len(new) + max_new_tokens - 1)

    def steps(new: list[int]) -> Iterator[int]:
        for _ in range(max_new_tokens):
            logits = model.forward(new, cache, last_only=True)  # what is new
            token = sampler(logits[-1])
            yield token
            if token in stop_ids:
                return
            new = [token]

    return steps(new)


def _start(prompt_ids: TokenIds, max_new_tokens: int) -> list[int]:
    require_count("max_new_tokens", max_new_tokens)
    ids = [int(token) for token in prompt_ids]
    if not ids:
        raise ValueError("the prompt is empty: give at least one token id, for example the tokenizer's bos_id.")
    return ids
