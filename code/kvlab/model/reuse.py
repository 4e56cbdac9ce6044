"""What a cache holds and what comes next begin alike: keep the beginning, read the rest.

This is how a chat, an edit or a new attempt avoids to read its unchanged beginning again. Keys and values depend on
everything before them, so only an equal *beginning* can be kept; the same words in another place cannot.
"""

from __future__ import annotations

from collections.abc import Sequence

from kvlab.cache.base import Cache


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many tokens two texts have in common before the first that differs."""
    shortest = min(len(left), len(right))
    return next((i for i in range(shortest) if left[i] != right[i]), shortest)


def rewind(cache: Cache, held: Sequence[int], token_ids: Sequence[int]) -> list[int]:
    """Take a cache back to where a new text parts from the one it holds.

    At least one token is left to read, even if the cache holds all of them: the logits of a token come from
    reading it, and no cache keeps them.

    Parameters
    ----------
    cache : Cache
        Afterwards holds the common beginning, or, where it cannot go back that far, nothing.
    held : sequence of int
        The tokens whose keys and values it holds, ``cache.position`` of them.
    token_ids : sequence of int
        The new text, all of it.

    Returns
    -------
    list of int
        The tokens still to be read.

    Raises
    ------
    ValueError
        The new text is empty, or ``held`` is not as long as what the cache holds; nothing has changed then.
    """
    if len(held) != cache.position:
        raise ValueError(f"{len(held)} tokens were named, but the cache holds {cache.position}: name exactly those.")
    if not len(token_ids):
        raise ValueError("the new text is empty: give at least one token.")
    kept = min(common_prefix(held, token_ids), len(token_ids) - 1)
    if kept < cache.rollback_floor:
        cache.reset()
        kept = 0
    else:
        cache.truncate(kept)
    return [int(token) for token in token_ids[kept:]]
