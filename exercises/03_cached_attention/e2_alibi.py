"""3.2 ALiBi with a cache

Some models (BLOOM and MPT, for example) rotate nothing. ALiBi, *attention with linear biases* (Press et al. 2021),
lowers a score by the distance instead. In head h, a query at position p and a key at position k have the score

`q · k / sqrt(D) - slopes[h] * (p - k)`

and the softmax runs over the keys with `k <= p`, as ever. Consecutive groups of `H / H_kv` query heads share a
key/value head, but each query head has a slope of its own.

Build the attention of such a layer over a cache, for one new token or many. A call stores the new keys and values,
attends and commits. A text fed in chunks, of any size, must give the same rows as the text fed at once.

The cache is one of `kvlab` with a single layer, as in chapter 2: `cache.position` counts the committed tokens;
`(segment,) = cache.update(0, key, value)` stages the new ones and returns everything stored, the new ones included;
`cache.advance(n)` commits them. `segment.keys` and `segment.values` are `[H_kv, T, D]`. `segment.positions` is None
where the rows are those of the positions 0, 1, 2 and so on. Otherwise it is an array `[T]`, the same for all heads: it
says which position lies in each of the T rows, in any order, with -1 for a row that is empty. What an empty row holds
is left over from somebody else, though always a finite number, never NaN: it must not be seen.

You may use `softmax`, which the file imports. It works along the last axis; a score of minus infinity gets no weight.
"""

import numpy as np

from kvlab import KVCache
from kvlab.model.ops import softmax  # noqa: F401


def alibi_attention(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, slopes: np.ndarray, cache: KVCache
) -> np.ndarray:
    """What the new tokens gather from all tokens up to each of them; afterwards they are in the cache.

    Parameters
    ----------
    query : array ``[H, N, D]``
        Of N new tokens, which follow the cached ones.
    key, value : array ``[H_kv, N, D]``
        Of the same tokens, in the cache's dtype.
    slopes : array ``[H]``
        How much each step of distance lowers a score of this head; not negative.
    cache : KVCache
        One layer; read its position before you commit.

    Returns
    -------
    array ``[H, N, D]``
        In the dtype of the query, or in a wider one.

    Raises
    ------
    ValueError
        There is not one slope for each query head, or the tokens do not fit. The cache is then as it was, and another
        call may follow: check the slopes before you stage anything.

    Examples
    --------
    All scores are 0 but for the bias, and the slope is log 2: each step of distance halves a weight. The values 3
    and 9 are then mixed with weights 1/3 and 2/3.

    >>> cache = KVCache(max_seq_len=4, n_layers=1, n_heads=1, head_dim=1, dtype=np.float64)
    >>> q, v = np.zeros((1, 1, 1)), np.array([[[3.0], [9.0]]])
    >>> alibi_attention(q, q, v[:, :1], np.log([2.0]), cache)
    array([[[3.]]])
    >>> alibi_attention(q, q, v[:, 1:], np.log([2.0]), cache)
    array([[[7.]]])
    >>> cache.position
    2
    """
    raise NotImplementedError("3.2: write the body")
