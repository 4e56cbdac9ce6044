"""2.5 Tokens-first cache

Build this chapter's central object under another contract. Tokens come first: each layer's keys and values are
`[S, H_kv, D]`, so that all heads of a token lie side by side, and the tokens of a text are one run of memory. That is
how rows fall out of the projection, and how some kernels want them.

The step is a transaction, as in the chapter, with one difference: there is no `begin`. The first `update` opens a
step for as many tokens as it brings, and `advance` or `abort` closes it.

- `update` stages one layer's rows, at least one, behind the committed ones and returns two arrays: all keys and all
  values of that layer, the new ones included. Updating a layer twice in a step replaces what it staged.
- `advance(n)` commits the first `n` staged tokens, n at least 1, and drops the others. It is refused unless every
  layer is staged.
- `abort` drops the open step, if there is one.
- Nothing counts before `advance`: `position` and `get` know committed tokens only.
- Whatever is refused is a `ValueError`, and nothing has changed then: neither what is committed nor what is staged.
- What is handed out cannot be written to.

Two of the six points are for memory: room is taken once, when the cache is made; an update writes the new rows only;
and what is handed out is a view of one run of memory, token after token.
"""

import numpy as np
from numpy.typing import DTypeLike


class KVCache:
    """Keys and values of one sequence, `[S, H_kv, D]` in each layer.

    Parameters
    ----------
    max_seq_len : int
        S, the most tokens it can hold, staged ones included.
    n_layers, n_heads, head_dim : int
        L, H_kv and D.
    dtype : dtype
        Of the stored keys and values.

    Attributes
    ----------
    position : int
        How many tokens are committed.

    Examples
    --------
    >>> cache = KVCache(max_seq_len=8, n_layers=1, n_heads=2, head_dim=4)
    >>> rows = np.ones((3, 2, 4), np.float32)
    >>> keys, values = cache.update(0, rows, rows)
    >>> cache.position, keys.shape
    (0, (3, 2, 4))
    >>> cache.advance(2)
    >>> cache.position, cache.get(0)[0].shape
    (2, (2, 2, 4))
    """

    def __init__(
        self, max_seq_len: int, n_layers: int, n_heads: int, head_dim: int, dtype: DTypeLike = np.float32
    ) -> None:
        raise NotImplementedError("2.5: write the body")

    def update(self, layer_idx: int, key: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Stage one layer's rows.

        Parameters
        ----------
        layer_idx : int
            0 to L - 1.
        key, value : array `[n, H_kv, D]`
            Of the n new tokens, n at least 1, in exactly the cache's dtype. They are copied.

        Returns
        -------
        keys, values : array `[position + n, H_kv, D]`
            All of this layer, in the cache's dtype, read-only; valid until the next step.

        Raises
        ------
        ValueError
            No such layer; wrong shape or dtype; n is not the open step's; or the tokens do not fit.
        """
        raise NotImplementedError("2.5: write the body")

    def get(self, layer_idx: int) -> tuple[np.ndarray, np.ndarray]:
        """The committed keys and values of a layer, `[position, H_kv, D]`, in the cache's dtype, read-only.

        Raises
        ------
        ValueError
            No such layer.
        """
        raise NotImplementedError("2.5: write the body")

    def advance(self, n: int = 1) -> None:
        """Commit the first n staged tokens and close the step.

        Raises
        ------
        ValueError
            n is below 1, or more than are staged; or some layer has not been updated in this step.
        """
        raise NotImplementedError("2.5: write the body")

    def abort(self) -> None:
        """Drop the open step, if there is one."""
        raise NotImplementedError("2.5: write the body")
