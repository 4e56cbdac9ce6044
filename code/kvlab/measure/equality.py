"""Are two ways of computing the same thing equal? Logits to a tolerance, tokens by a definition.

Floating-point sums depend on their order, and a cached step sums in another order than a full pass. So logits
agree to rounding, and greedy tokens agree except where the two best logits lie closer than that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kvlab.cache.base import Cache
from kvlab.model.transformer import Array, TokenIds, Transformer


class Divergence(NamedTuple):
    """Where two token sequences part for the first time.

    Attributes
    ----------
    number : int
        Of the first differing token, from 0.
    gap : float
        How far the best logit was above the second there.
    bound : float
        Twice the largest difference between the two computations' logits: below it, rounding may decide.
    """

    number: int
    gap: float
    bound: float

    @property
    def near_tie(self) -> bool:
        """Both are right: the two best tokens were closer than rounding can tell apart."""
        return self.gap < self.bound


def logits_in_chunks(model: Transformer, token_ids: TokenIds, cache: Cache, chunks: Iterable[int]) -> Array:
    """Logits at every position ``[T, V]``, the text fed through a cache in pieces of the given lengths.

    Raises
    ------
    ValueError
        The lengths do not add up to the text.
    """
    lengths = list(chunks)
    if sum(lengths) != len(token_ids):
        raise ValueError(f"chunks of {lengths} tokens do not add up to the {len(token_ids)} given.")
    stops = np.cumsum(lengths)
    pieces = [
        model.forward(token_ids[stop - length : stop], cache) for stop, length in zip(stops, lengths, strict=True)
    ]
    return np.concatenate(pieces)


def max_logit_difference(
    model: Transformer, token_ids: TokenIds, cache: Cache, chunks: Iterable[int] | None = None
) -> float:
    """The largest absolute difference at any position between one pass without a cache and pieces with one.

    Parameters
    ----------
    model, token_ids
    cache : Cache
        Empty; holds the text afterwards.
    chunks : iterable of int, optional
        Lengths of the pieces; one token at a time if left out.
    """
    pieces = logits_in_chunks(model, token_ids, cache, [1] * len(token_ids) if chunks is None else chunks)
    return float(np.abs(pieces - model.forward(token_ids)).max())


def first_divergence(
    model: Transformer, prompt_ids: TokenIds, left: Sequence[int], right: Sequence[int], *, max_difference: float
) -> Divergence | None:
    """Where two greedy continuations of a prompt part, and whether rounding explains it; None if nowhere.

    Parameters
    ----------
    model, prompt_ids
    left, right : sequence of int
        What each computation generated.
    max_difference : float
        The measured largest difference between the two computations' logits.

    Raises
    ------
    ValueError
        One is a beginning of the other: that is not a tie but a token lost.
    """
    index = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if index is None:
        if len(left) != len(right):
            raise ValueError(f"{len(left)} tokens against {len(right)}: equal as far as they go, but one stops early.")
        return None
    second, best = np.sort(model.forward([*prompt_ids, *left[:index]], last_only=True)[-1])[-2:]
    return Divergence(index, float(best - second), 2 * max_difference)
