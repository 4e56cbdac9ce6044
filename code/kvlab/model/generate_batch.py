"""Several sequences of unequal length at once: one pass gives each of them its next token.

A batch is a list of sequences, each with its own cache. In every round the new tokens of all of them go through
the linear layers as one matrix, so the weights are read once; attention looks into one cache after another, so
nothing is padded. A sequence that stops leaves, and the others go on without it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from kvlab.cache.base import Cache
from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.model.sampling import Sampler, greedy
from kvlab.model.transformer import TokenIds, Transformer


@dataclass
class _Sequence:
    """One sequence of the batch, between two rounds."""

    index: int
    new: list[int]  # tokens that its cache does not hold yet: the prompt, then the last token
    cache: Cache
    sampler: Sampler
    left: int  # tokens that it may still generate


def generate_batch(
    model: Transformer,
    prompts: Sequence[TokenIds],
    max_new_tokens: int | Sequence[int],
    *,
    caches: Sequence[Cache] | None = None,
    samplers: Sequence[Sampler] | None = None,
    stop_ids: Collection[int] = (),
) -> Iterator[tuple[int, int]]:
    """Generate for several prompts at once, each with a cache of its own.

    Parameters
    ----------
    model : Transformer
    prompts : sequence of sequences of int
        Of any lengths; of each, the tokens that its cache does not hold yet.
    max_new_tokens : int, or one for each prompt
        At least 1.
    caches : sequence of Cache, optional
        One for each prompt, continued where it stands. Left out, caches of just the sizes needed are made.
    samplers : sequence of callables, optional
        One for each prompt; greedy if left out. With a generator of its own, what a sequence draws does not
        depend on its company.
    stop_ids : collection of int
        The first of these ends its sequence; it is handed out too.

    Yields
    ------
    (int, int)
        The sequence's index and its next token, round by round, and in each round in the order of the prompts.

    Raises
    ------
    ValueError
        Counts that do not match or are below 1, or an empty prompt, at the call. Later as
        ``Transformer.forward_batch``: a round that fails changes no cache, and each cache then holds its prompt
        and all tokens handed out but the last.
    """
    live = _start(model, prompts, max_new_tokens, caches, samplers)

    def rounds(live: list[_Sequence]) -> Iterator[tuple[int, int]]:
        while live:
            batch = [(sequence.new, sequence.cache) for sequence in live]
            all_logits = model.forward_batch(batch, last_only=True)
            for sequence, logits in zip(live, all_logits, strict=True):
                token = sequence.sampler(logits[-1])
                sequence.new, sequence.left = [token], sequence.left - 1
                yield sequence.index, token
            live = [s for s in live if s.left and s.new[-1] not in stop_ids]

    return rounds(live)


def _start(
    model: Transformer,
    prompts: Sequence[TokenIds],
    max_new_tokens: int | Sequence[int],
    caches: Sequence[Cache] | None,
    samplers: Sequence[Sampler] | None,
) -> list[_Sequence]:
    """Check everything that can be checked before the first round."""
    n = len(prompts)
    counts = max_new_tokens if isinstance(max_new_tokens, Sequence) else [max_new_tokens] * n
    for name, given in (("max_new_tokens", counts), ("caches", caches), ("samplers", samplers)):
        if given is not None and len(given) != n:
            raise ValueError(f"{n} prompts came with {len(given)} {name}: give one for each.")
    for count in counts:
        require_count("max_new_tokens", count)
    ids = [[int(token) for token in prompt] for prompt in prompts]
    if not ids or not all(ids):
        empty = "the batch" if not ids else f"prompt {ids.index([])}"
        raise ValueError(f"{empty} is empty: every sequence needs at least one token to start from.")
    if caches is None:
        caches = [KVCache.for_model(model.config, len(a) + b - 1) for a, b in zip(ids, counts, strict=True)]
    own = zip(ids, caches, samplers or [greedy] * n, counts, strict=True)
    return [_Sequence(i, *parts) for i, parts in enumerate(own)]
