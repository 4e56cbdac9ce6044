"""4.2 Top-p, row by row

A server draws the next token of several sequences at once, so its filter gets a row of logits for each. Write top-p
for such a batch: in every row by itself, keep the likeliest tokens whose probabilities first add up to `p`, and set
the logits of all others to minus infinity. The token that brings the sum to `p` is kept, and nothing behind it.

Equally likely tokens come in the order of their ids: for the logits `0 0 0 0`, whose probabilities are a quarter
each, and `p = 0.5`, the tokens 0 and 1 are kept. At least one token always is, however small `p`. And `p = 1` removes
nothing, however unlikely a token is: mind how floating-point sums round. Compute and add up the probabilities in
float64, whatever the logits are, and take `p` as it is: 0.9999999 is not 1.
"""

import numpy as np


def top_p_filter(logits: np.ndarray, p: float) -> np.ndarray:
    """Keep each row's likeliest tokens whose probabilities first reach p.

    Parameters
    ----------
    logits : array ``[B, V]``
        A row for each sequence, of finite numbers of any size, float32 or float64. Minus infinity marks a token that
        another filter has removed already; every row has some that are left.
    p : float
        Above 0 and at most 1.

    Returns
    -------
    array ``[B, V]``
        A new array of the same dtype: kept logits as they were, the others minus infinity.

    Raises
    ------
    ValueError
        p is not above 0 (NaN is not), or is above 1.

    Examples
    --------
    >>> top_p_filter(np.log([[0.25, 0.125, 0.625]]), p=0.75).round(2)
    array([[-1.39,  -inf, -0.47]])
    """
    raise NotImplementedError("4.2: write the body")
