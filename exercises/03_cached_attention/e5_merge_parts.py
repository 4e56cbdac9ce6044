"""3.5 Merge the parts

A long cache is read in S parts, each by a kernel of its own. For each head and each query, a kernel returns the
finished output of its part, `o_i` (the softmax ran over the part's own keys), and the natural logarithm of the sum
of its exponentials, `lse_i = log(sum(exp(scores)))`.

Merge them into what one softmax over all keys would have given: each part weighs as much as its share of the whole
sum. Return the merged log-sum-exp, too, so that the result can be merged with yet another part.

Two things need care. Scores may be so large or so small that `exp(lse)` is infinite or 0. And a part may hold no key
that a query sees. Then its `lse` is minus infinity, and its output is whatever the memory held: it may even be NaN,
and must not count. If no part saw anything, the output is 0 and the `lse` minus infinity.
"""

import numpy as np


def merge_parts(outputs: np.ndarray, lses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Attention over all keys, from attention over each of S parts.

    Parameters
    ----------
    outputs : array ``[S, H, N, D]``
        Finished outputs of each part, S at least 1.
    lses : array ``[S, H, N]``
        Log-sum-exp of each part's scores, natural logarithm; minus infinity where nothing was seen. In the dtype of
        the outputs.

    Returns
    -------
    output : array ``[H, N, D]``
    lse : array ``[H, N]``
        Both are new arrays, in the dtype of the outputs.

    Examples
    --------
    The first part's sum is 1 and the second one's 3, so they weigh 1/4 and 3/4.

    >>> output, lse = merge_parts(np.array([[[[8.0]]], [[[4.0]]]]), np.log([[[1.0]], [[3.0]]]))
    >>> float(output[0, 0, 0]), round(float(np.exp(lse[0, 0])), 6)
    (5.0, 4.0)
    """
    raise NotImplementedError("3.5: write the body")
