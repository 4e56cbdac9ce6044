"""1.4 A look-ahead baseline

Whoever says that a cache changes nothing needs two things: a baseline without a cache, and a check that compares the
two. In a public course both were wrong at once. The baseline let every token see the tokens after it, and the test
asked for a small mean difference, so nobody noticed.

Here is such a pair, written anew. Mend both functions, so that each does what its docstring says. They are graded
together: before you run the tests, take out both `raise` lines.

- `whole_text_attention` computes all positions of a text at once, as the loop without a cache does. Its outputs must
  be those of decode, where each token arrives alone and later keys do not exist yet.
- `first_difference` compares logits at every position. Think of what an average hides. Think of what Python answers
  when you ask whether NaN is larger than a tolerance, and of what NumPy does when it subtracts `[1, V]` from `[T, V]`.
"""

import numpy as np


def whole_text_attention(queries: np.ndarray, keys: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Causal attention over a whole text: the query at position p sees the keys at positions 0 to p.

    Parameters
    ----------
    queries : array ``[H, T, D]``
        T is at least 1.
    keys, values : array ``[H_kv, T, D]``
        Consecutive groups of H / H_kv query heads share a key/value head.

    Returns
    -------
    array ``[H, T, D]``
        Of the inputs' dtype, float32 or float64. The inputs stay as they are.

    Examples
    --------
    All scores are 0, so the first token's output is its own value, and the second's is the mean of both.

    >>> zeros, values = np.zeros((1, 2, 2)), np.array([[[4.0, 0.0], [0.0, 2.0]]])
    >>> whole_text_attention(zeros, zeros, values)
    array([[[4., 0.],
            [2., 1.]]])
    """
    raise NotImplementedError("1.4: find what is wrong below, mend it, and delete this line")
    group, head_dim = len(queries) // len(keys), queries.shape[-1]
    keys, values = np.repeat(keys, group, axis=0), np.repeat(values, group, axis=0)  # [H, T, D]
    scores = queries @ keys.transpose(0, 2, 1) * head_dim**-0.5  # [H, T, T], rows are queries
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights @ values


def first_difference(cached: np.ndarray, full: np.ndarray, tolerance: float) -> int | None:
    """The first position at which two computations of the same logits differ.

    Parameters
    ----------
    cached, full : array ``[T, V]``
        Logits at every position, finite or NaN; T is at least 1.
    tolerance : float
        How far apart two numbers may be. Exactly so far still counts as equal. NaN on either side or on both counts
        as a difference: nobody can say that NaN is right.

    Returns
    -------
    int or None
        The position; None if all logits agree.

    Raises
    ------
    ValueError
        The arrays differ in shape: then they are not logits of the same positions.

    Examples
    --------
    >>> first_difference(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 2.0], [3.0, 4.5]]), tolerance=0.1)
    1
    """
    raise NotImplementedError("1.4: find what is wrong below, mend it, and delete this line")
    gap = np.abs(cached - full).mean(axis=-1)  # [T]
    apart = np.flatnonzero(gap > tolerance)
    return int(apart[0]) if len(apart) else None
