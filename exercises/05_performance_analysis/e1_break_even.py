"""5.1 When it pays

A cache within one request has nothing to earn back. A cache that is loaded from a disk has: loading it takes `setup`
seconds before the first token. Both runs were then measured, with the cache and without, token by token.

The loaded cache pays from token number `n` on if the cached run, its setup included, has taken strictly less time in
all, after token `n` and after every later token that was measured. (A cache that outgrows the memory can get slow
again: such a run may lead for a while and still not pay.)

The function below should find `n`, or None where the cache never comes to pay. It contains one mistake.
"""

from collections.abc import Sequence


def pays_from(recomputed: Sequence[float], cached: Sequence[float], setup: float) -> int | None:
    """From which token on a cache pays.

    Parameters
    ----------
    recomputed, cached : sequence of float
        Seconds that each token took, without the cache and with it; entry 0 belongs to token number 1.
    setup : float
        Seconds that the cached run spends before its first token; at least 0.

    Returns
    -------
    int or None
        The number of the token, counted from 1.

    Raises
    ------
    ValueError
        The two runs are not equally long.

    Examples
    --------
    Each token saves 1 s, and 2.5 s have to be earned back.

    >>> pays_from([2, 2, 2, 2], [1, 1, 1, 1], setup=2.5)
    3
    >>> pays_from([2, 2], [1, 1], setup=2.5) is None
    True
    """
    raise NotImplementedError("5.1: find the mistake below, mend it, and delete this line")
    behind = setup  # seconds by which the cached run is late
    for number, (slow, fast) in enumerate(zip(recomputed, cached, strict=True), start=1):
        behind += fast - slow
        if behind < 0:
            return number
    return None
