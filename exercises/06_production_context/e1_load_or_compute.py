"""6.1 Load or compute

A store holds the keys and values of the beginning of a prompt. They can be loaded from it, or computed again by a
pass over the tokens. Write the two functions that decide.

`break_even` says from how many tokens on loading is sooner. Computing takes `1 / prefill_rate` seconds a token. A load
takes `latency` seconds, however short it is, and then its bytes come at `bandwidth`. Where both take equally long,
computing wins: it needs no store. Where the store is too slow for any length, the answer is `None`.

`tokens_to_load` says how many tokens of one prompt to load: all that the store can give, or none. The store keeps
whole *chunks* of tokens and hands out nothing smaller. And at least one token of the prompt must be left to compute,
because the next token is chosen from the logits of the last one, and a store of keys and values holds no logits.
"""


def break_even(bytes_per_token: int, prefill_rate: float, bandwidth: float, latency: float) -> int | None:
    """The least number of tokens that come sooner from the store than from a pass.

    Parameters
    ----------
    bytes_per_token : int
        Bytes of keys and values that one token leaves, in all layers.
    prefill_rate : float
        Tokens that the device computes in a second, above 0.
    bandwidth : float
        Bytes that the store delivers in a second, above 0.
    latency : float
        Seconds before the first byte comes, 0 or more.

    Returns
    -------
    int or None
        At least 1; None if no number of tokens is enough.

    Examples
    --------
    A token is computed in 1/4 s and loaded in 1/8 s, after a wait of 1 s. Eight tokens take 2 s either way.

    >>> break_even(1, prefill_rate=4, bandwidth=8, latency=1)
    9
    """
    raise NotImplementedError("6.1: write the body of break_even")


def tokens_to_load(
    n_prompt: int,
    n_stored: int,
    chunk: int,
    bytes_per_token: int,
    prefill_rate: float,
    bandwidth: float,
    latency: float,
) -> int:
    """How many tokens of a prompt to take from the store; the others are computed.

    Parameters
    ----------
    n_prompt : int
        Tokens of the prompt, at least 1.
    n_stored : int
        Tokens, from the first one on, that the store has in common with the prompt. Not always whole chunks, and
        at most `n_prompt`.
    chunk : int
        Tokens of a chunk, at least 1.
    bytes_per_token, prefill_rate, bandwidth, latency
        As above.

    Returns
    -------
    int
        A multiple of `chunk`, below `n_prompt`; 0 where computing everything is not slower.

    Examples
    --------
    A prompt of 40 tokens, all stored in chunks of 16. The third chunk is not full.

    >>> tokens_to_load(40, 40, 16, 1, prefill_rate=4, bandwidth=8, latency=1)
    32
    """
    raise NotImplementedError("6.1: write the body of tokens_to_load")
