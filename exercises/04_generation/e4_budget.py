"""4.4 A budget for each pass

Build the generation loop anew, under another contract.

- It is given the *whole conversation* in tokens, and a cache that holds the beginning of it: nothing, a part, or all.
  It reads only what the cache lacks, and where it lacks nothing, no more than the choice of the next token needs.
- No pass of the model reads more than `budget` tokens, so that a long prompt does not keep others waiting. A long
  prompt takes several passes, as few as the budget allows.
- It chooses each new token with `kvlab.greedy` and hands it out as soon as it is known. Whenever a token has been
  handed out, the cache holds the conversation and the new tokens but the last, so that it can go on: the next call
  gets the conversation, the reply and the next question, with the same cache, and no token is lost or read twice.

*Correct* (4 points): tokens, cache, budget and errors are right. *Efficient* (2 points): no token is read twice, no
pass is too many, and each pass asks for the logits of its last position only (`last_only=True`).
"""

from collections.abc import Collection, Iterator

from kvlab import KVCache, Transformer, greedy  # noqa: F401


def generate(
    model: Transformer,
    conversation: list[int],
    max_new_tokens: int,
    *,
    cache: KVCache,
    budget: int,
    stop_ids: Collection[int] = (),
) -> Iterator[int]:
    """Continue a conversation greedily, reading at most so many tokens a pass.

    Parameters
    ----------
    model : Transformer
    conversation : list of int
        All of its tokens, at least one. The list stays as it is.
    max_new_tokens : int
        At least 1.
    cache : KVCache
        Holds the first `cache.position` tokens of the conversation. It has room for all of it and the new tokens but
        the last. Whether it changes at the call or not before the first token is asked for is left to you.
    budget : int
        The most tokens that one call of `forward` may read, at least 1.
    stop_ids : collection of int
        The first of these ends the reply; it is a part of it, and handed out too.

    Yields
    ------
    int
        The new tokens. After each, the cache holds the conversation and the new tokens but this one.

    Raises
    ------
    ValueError
        At the call, before the first token is asked for: the conversation is empty, or shorter than what the cache
        holds; max_new_tokens or budget is below 1. The cache is as it was.

    Examples
    --------
    A cache that holds 3 of 9 tokens, and a budget of 4: passes over 4, 2, 1 and 1 tokens.

    >>> list(generate(model, conversation, 3, cache=cache, budget=4))
    [5, 2, 8]
    >>> cache.position
    11
    """
    raise NotImplementedError("4.4: write the loop")
