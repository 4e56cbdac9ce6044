"""3.4 Lost count

`RotatedKeys` holds the keys of one layer. It rotates them once, when they arrive, and stores them rotated. To save
memory, a policy may drop any of the stored rows.

The class is right until the first row is dropped. From then on the scores are wrong, and nothing crashes. **Find the
mistake and mend it**; more than one method may have to change. What the class should do:

- A token's position is its place in the text, counted from 0 since the object was made or reset. A dropped token
  leaves a gap; it moves nobody, and no later token takes its position.
- `step` rotates queries and keys of the new tokens by their positions and stores the keys behind the others.
- `drop` removes rows and touches nothing else. `reset` leaves the object as if it were new.

Masking is somebody else's business here, and each query head has a key head of its own.
"""

import numpy as np

from kvlab.model.rope import Rope, RopeConfig, rotate


class RotatedKeys:
    """Keys of one layer, rotated when they arrive, of which any may be dropped.

    Parameters
    ----------
    n_heads, head_dim : int
        H and D.

    Attributes
    ----------
    keys : array of float32 ``[H, n, D]``
        The rows that are left, oldest first, rotated.

    Examples
    --------
    With D = 2, a rotation by one position is a turn by one radian, and the score of two equal arrows is the cosine
    of their distance.

    >>> layer, arrow = RotatedKeys(n_heads=1, head_dim=2), np.float32([[[1.0, 0.0]]])
    >>> for _ in range(3):
    ...     scores = layer.step(arrow, arrow)
    >>> layer.drop([0, 1])
    >>> bool(np.isclose(layer.step(arrow, arrow)[0, 0, 0], np.cos(1.0)))
    True
    """

    def __init__(self, n_heads: int, head_dim: int) -> None:
        self._rope = Rope(RopeConfig(), head_dim)
        self.keys = np.empty((n_heads, 0, head_dim), dtype=np.float32)

    def step(self, query: np.ndarray, key: np.ndarray) -> np.ndarray:
        """Take in N new tokens and return the dot products of their queries with all stored keys.

        Parameters
        ----------
        query, key : array of float32 ``[H, N, D]``
            Not yet rotated.

        Returns
        -------
        array of float32 ``[H, N, n]``
            n counts the rows that are left and the new ones behind them.
        """
        raise NotImplementedError("3.4: find the mistake below, mend it, and delete this line")
        n_stored, n_new = self.keys.shape[1], key.shape[1]
        angles = self._rope.angles(np.arange(n_stored, n_stored + n_new))
        self.keys = np.concatenate([self.keys, rotate(key, angles)], axis=1)
        return rotate(query, angles) @ self.keys.transpose(0, 2, 1)

    def drop(self, rows: list[int]) -> None:
        """Remove these rows of ``keys``."""
        self.keys = np.delete(self.keys, rows, axis=1)

    def reset(self) -> None:
        """Forget everything."""
        self.keys = self.keys[:, :0]
