"""4.5 A place becomes free

`generate_batch` starts with all its sequences and shrinks as they end. A server has a few *places*, each with a
cache, and more requests than places. Write the loop that keeps its places busy.

- Requests take places in their order. In each round, *one* call of `forward_batch` reads what is new in every place:
  the whole prompt of a request that has just entered, the last token of the others. Each place writes one token.
- A request has ended when it has its number of tokens, or has written a stop id. The others go on, and the next
  request that waits takes over its place, and its cache, in the very next round.
- A cache may hold what somebody else asked before, even when `serve` is called. Nobody may be answered with that in
  view.

*Correct* (3 points): every request gets its tokens. *Efficient* (2 points): no more rounds than the places need, no
token read that nobody needs, and logits of the last position only (`last_only=True`).
"""

from collections.abc import Collection

from kvlab import KVCache, Transformer, greedy  # noqa: F401


def serve(
    model: Transformer,
    prompts: list[list[int]],
    max_new_tokens: list[int],
    caches: list[KVCache],
    stop_ids: Collection[int] = (),
) -> list[list[int]]:
    """Answer all requests, greedily (`kvlab.greedy`), in as many places as there are caches.

    Parameters
    ----------
    model : Transformer
    prompts : list of list of int
        A prompt for each request, at least one token each; the list may be empty.
    max_new_tokens : list of int
        For each request, at least 1.
    caches : list of KVCache
        One for each place, at least one. Each has room for any of the requests, once nothing else is in it. They are
        the only caches to use. None of the lists that are given changes.
    stop_ids : collection of int
        The first of these ends a request; it is a part of its tokens.

    Returns
    -------
    list of list of int
        The new tokens of each request, in the order of the prompts.

    Raises
    ------
    ValueError
        There are no caches, or not as many max_new_tokens as prompts. No cache has changed then.

    Examples
    --------
    Two places, three requests for 1, 3 and 2 tokens: three rounds. The last request enters in the second.

    >>> serve(model, [[3, 7], [4], [9, 9]], [1, 3, 2], caches)
    [[5], [2, 8, 8], [1, 6]]
    """
    raise NotImplementedError("4.5: write the loop")
