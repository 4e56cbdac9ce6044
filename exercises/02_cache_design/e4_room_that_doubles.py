"""2.4 Room that doubles

Nobody knows how long a text will be. A buffer for the longest one wastes memory, and concatenation copies everything
at every token. The way between: when the room is used up, take twice as much, copy the old rows over once, and go on
writing in place. Over `T` tokens added one by one, fewer than `2 T` old rows are copied.

Write it for one layer, heads first as in the chapter: keys and values are `[H_kv, T, D]`. A chunk may be longer than
all the room there is, so that doubling once is not enough.

Mind the views that were handed out. A reader who asked before the room grew still holds the old memory. Rows never
change here, so that what such a view shows stays right; but whoever reads *now* must see all tokens.

Two of the five points are for what it is made for. While tokens are added one by one, fewer than two old rows are
copied for each, and little more than three times the bytes of the stored keys and values are held at any time: twice
the room, and the old buffer while it is copied. Reading copies nothing.
"""

import numpy as np
from numpy.typing import DTypeLike


class GrowingLayer:
    """Keys and values of one layer, without a limit.

    Parameters
    ----------
    n_heads, head_dim : int
        Key/value heads and head dimension.
    room : int
        For how many tokens there is room at first; at least 1.
    dtype : dtype
        Of the stored keys and values.

    Attributes
    ----------
    position : int
        How many tokens are stored.

    Examples
    --------
    >>> layer = GrowingLayer(n_heads=2, head_dim=3, room=1)
    >>> layer.append(np.ones((2, 5, 3), np.float32), np.zeros((2, 5, 3), np.float32))
    >>> keys, values = layer.read()
    >>> layer.position, keys.shape
    (5, (2, 5, 3))
    """

    def __init__(self, n_heads: int, head_dim: int, room: int, dtype: DTypeLike = np.float32) -> None:
        raise NotImplementedError("2.4: write the body")

    def append(self, key: np.ndarray, value: np.ndarray) -> None:
        """Store the next tokens behind the others.

        Parameters
        ----------
        key, value : array `[H_kv, n, D]`
            Of the next n tokens, n at least 1; float16, float32 or float64, and stored in the layer's dtype whichever
            it is. They are copied: the caller may change them afterwards.

        Raises
        ------
        ValueError
            The shapes do not fit, or differ, or n is 0. Nothing has changed then.
        """
        raise NotImplementedError("2.4: write the body")

    def read(self) -> tuple[np.ndarray, np.ndarray]:
        """All keys and values, `[H_kv, T, D]` each, in the layer's dtype, read-only."""
        raise NotImplementedError("2.4: write the body")
