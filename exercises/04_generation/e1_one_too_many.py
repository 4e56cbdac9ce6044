"""4.1 One token too many

The loop in the stub reads the whole prompt first (prefill), and then writes one token a step (decode). What it writes
is fluent, and wrong. Find the mistake and mend it.

*Correct* (1 point): the tokens are right, and after the call the cache holds what it held before, then the prompt, then
every new token but the last, which no step has read. For a prompt `3 7` and two new tokens `5 2` that is `3 7 5`. A
prompt may be a single token, and the cache may hold an earlier part of the conversation. *Efficient* (1 point): no
token is read twice, and each pass asks for the logits of its last position only (`last_only=True`).
"""

from kvlab import KVCache, Transformer, greedy


def generate(model: Transformer, prompt_ids: list[int], n_new: int, cache: KVCache) -> list[int]:
    """Continue a text greedily, with a cache.

    Parameters
    ----------
    model : Transformer
    prompt_ids : list of int
        The tokens that the cache does not hold yet, at least one. The list stays as it is.
    n_new : int
        How many tokens to write, at least 1.
    cache : KVCache
        Continued where it stands. It has room for the prompt and the new tokens but the last.

    Returns
    -------
    list of int
        The new tokens, without the prompt.

    Examples
    --------
    >>> generate(model, [3, 7], 2, cache)
    [5, 2]
    >>> cache.position
    3
    """
    raise NotImplementedError("4.1: find the mistake below, mend it, and delete this line")
    model.forward(prompt_ids, cache, last_only=True)  # prefill
    text = list(prompt_ids)
    for _ in range(n_new):
        logits = model.forward(text[-1:], cache, last_only=True)  # decode
        text.append(greedy(logits[-1]))
    return text[len(prompt_ids) :]
