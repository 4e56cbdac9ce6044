"""3.3 Window mask

In a layer with a sliding window, the query at position `p` sees the keys at positions `p - window + 1` to `p`: at most
`window` of them, its own included. Many models give much weight to the first tokens of a text, and go astray when
these leave the window. So some engines keep them (Xiao et al. 2023): the positions 0 to `n_sinks - 1` are *sinks*. A
query sees them beside its window, however far away they are, but like any other key only up to its own position.

The keys lie in a cache in any order (in a ring buffer, for example), and some may have been dropped. So the mask is
made from positions, never from places in the array. (The chapter's `visible` is no answer: it knows no sinks.)
"""

import numpy as np


def window_mask(query_positions: np.ndarray, key_positions: np.ndarray, window: int, n_sinks: int = 0) -> np.ndarray:
    """Which keys each query may see.

    Parameters
    ----------
    query_positions : array of int ``[N]``
        The logical positions of the new tokens, ascending.
    key_positions : array of int ``[T]``
        The logical position of the key in each slot, in any order and perhaps with gaps; -1 marks a slot that is
        empty, which no query sees.
    window : int
        How many tokens a query sees at most, itself included and sinks not counted; at least 1.
    n_sinks : int
        How many positions at the start of the text are sinks; 0 or more.

    Returns
    -------
    array of bool ``[N, T]``
        True where query n may see key t.

    Raises
    ------
    ValueError
        window is below 1, or n_sinks below 0.

    Examples
    --------
    >>> window_mask(np.array([3]), np.array([0, 1, 2, 3]), window=2)
    array([[False, False,  True,  True]])

    Token 2 was dropped, and the newest token lies in the first slot. The gap makes the window no wider.

    >>> window_mask(np.array([3]), np.array([3, 0, 1]), window=2)
    array([[ True, False, False]])

    With one sink, the query sees token 0, too.

    >>> window_mask(np.array([3]), np.array([3, 0, 1]), window=2, n_sinks=1)
    array([[ True,  True, False]])
    """
    raise NotImplementedError("3.3: write the body")
