"""3.1 Grouped queries

One new token asks a layer with grouped queries. It brings a query for each of `H` heads. The cache holds keys and
values for `H_kv` heads only, those of the new token included, so nothing has to be hidden. Consecutive query heads
share a key/value head: with 4 query heads and 2 key/value heads, query heads 0 and 1 ask key head 0, and query heads 2
and 3 ask key head 1.

Return what each query head gathers: the softmax of its scores, `q · k / sqrt(D)` over all keys, and the mixture of the
values with these weights. Scores may be large; the result must stay finite.

Three points are for the right numbers. Two more are for memory: copy no key and no value, not even once, and let
float32 stay float32.
"""

import numpy as np


def attend_one(query: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Attention of one new token over all cached keys and values.

    Parameters
    ----------
    query : array ``[H, D]``
        One query a head; float32 or float64.
    keys, values : array ``[H_kv, T, D]``
        In the dtype of the query. Views into a cache: do not write into them. T is at least 1.

    Returns
    -------
    array ``[H, D]``
        In the dtype of the query.

    Raises
    ------
    ValueError
        H is not a multiple of H_kv.

    Examples
    --------
    Two query heads share the only key head. Its one key gets all the weight, whatever the queries are.

    >>> attend_one(np.array([[1.0], [2.0]]), np.array([[[5.0]]]), np.array([[[7.0]]]))
    array([[7.],
           [7.]])
    """
    raise NotImplementedError("3.1: write the body")
