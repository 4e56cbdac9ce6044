"""2.3 Ring buffer

Some layers look at the `window` newest tokens only. Older keys need not be kept, so room for `window` tokens is
enough, however long the text gets: the token at position `p` goes into slot `p % window`, over the key that was there.

Now a slot says nothing about the position any more, and attention needs positions. So `read()` returns both: the
keys, slot by slot, and the position of the key in each slot, with -1 where a slot is still empty.

Write the ring for the keys of one layer; the values would be the same again. Tokens may arrive one by one or in
chunks, and a chunk may be longer than the window: then only its newest tokens stay.

One of the three points is for memory: the ring takes its room once, an append writes the new rows and moves no
others, and reading copies no keys.
"""

import numpy as np
from numpy.typing import DTypeLike


class KeyRing:
    """The keys of the newest tokens of one layer.

    Parameters
    ----------
    window : int
        How many tokens are kept; at least 1.
    n_heads, head_dim : int
        Key/value heads and head dimension.
    dtype : dtype
        Of the stored keys.

    Attributes
    ----------
    position : int
        How many tokens have been appended in all, which is also the next token's position.

    Raises
    ------
    ValueError
        window is below 1.

    Examples
    --------
    >>> ring = KeyRing(window=3, n_heads=1, head_dim=1)
    >>> ring.append(np.array([[[10.0], [11.0], [12.0], [13.0]]], np.float32))  # positions 0 to 3
    >>> keys, positions = ring.read()
    >>> keys[0, :, 0], positions
    (array([13., 11., 12.], dtype=float32), array([3, 1, 2]))
    """

    def __init__(self, window: int, n_heads: int, head_dim: int, dtype: DTypeLike = np.float32) -> None:
        raise NotImplementedError("2.3: write the body")

    def append(self, keys: np.ndarray) -> None:
        """Take the next tokens in.

        Parameters
        ----------
        keys : array `[H_kv, n, D]`
            Of the next n tokens, n at least 1; float16, float32 or float64, and stored in the ring's dtype whichever it
            is. It is copied: the caller may change it afterwards.

        Raises
        ------
        ValueError
            The shape does not fit, or n is 0. Nothing has changed then.
        """
        raise NotImplementedError("2.3: write the body")

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """The slots as they are now; valid until the next append.

        Returns
        -------
        keys : array `[H_kv, window, D]`
            One key a slot, in the ring's dtype; zeros where the slot is empty. The caller cannot change the ring
            through it.
        positions : array of int `[window]`
            The position of the key in each slot; -1 where the slot is empty. A fresh array, which is the caller's own.
        """
        raise NotImplementedError("2.3: write the body")
