"""6.5 What fits

A device has so many bytes of `memory`. An engine may use a `share` of *all* of it, say nine tenths. From that share it
takes the `weights` of the model and the `activations` of its largest pass. What is left is room for the cache.

How many sequences of one length fit into it? And how long may sequences be, if `batch` of them are to fit?

What a sequence takes is given as a function, `sequence_bytes(n_tokens)`. It never shrinks when a text grows, but
nothing else is known of it: the model may have windows, which stop growing, and states, which are there from the start.
And an engine gives out whole blocks: a sequence takes what it would take if its last block were full. With blocks of
16, five tokens take as much as 16.

Sometimes nothing fits. Then the answer is 0.

For the point for efficiency, ask `sequence_bytes` at most 100 times, even if a million tokens are allowed.
"""

from collections.abc import Callable


def largest_batch(
    sequence_bytes: Callable[[int], float],
    n_tokens: int,
    memory: float,
    weights: float,
    activations: float,
    share: float = 0.9,
    block: int = 16,
) -> int:
    """How many sequences of `n_tokens` tokens fit.

    Parameters
    ----------
    sequence_bytes : function
        Bytes of one sequence of so many tokens, above 0 from one token on.
    n_tokens : int
        Tokens of each sequence, at least 1.
    memory : float
        Bytes of the whole device.
    weights, activations : float
        Bytes that are taken before there is a cache.
    share : float
        Of the whole memory, that the engine may use, weights and activations included.
    block : int
        Tokens of a block.

    Returns
    -------
    int

    Examples
    --------
    Half of 1000 bytes, less 100 for weights and 40 for activations, are 360. Five tokens take 16 slots of 10 bytes.

    >>> largest_batch(lambda n: 10 * n, 5, memory=1000, weights=100, activations=40, share=0.5)
    2
    """
    raise NotImplementedError("6.5: write the body of largest_batch")


def longest_context(
    sequence_bytes: Callable[[int], float],
    batch: int,
    max_tokens: int,
    memory: float,
    weights: float,
    activations: float,
    share: float = 0.9,
    block: int = 16,
) -> int:
    """The most tokens that each of `batch` sequences can have.

    Parameters
    ----------
    batch : int
        Sequences that must fit at once, at least 1.
    max_tokens : int
        The model's own limit, at least 1 and not always whole blocks: no sequence is longer.
    sequence_bytes, memory, weights, activations, share, block
        As above.

    Returns
    -------
    int
        Below `max_tokens` a multiple of `block`.

    Examples
    --------
    >>> longest_context(lambda n: 10 * n, 1, max_tokens=4096, memory=1000, weights=100, activations=40, share=0.5)
    32
    """
    raise NotImplementedError("6.5: write the body of longest_context")
