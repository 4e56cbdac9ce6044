"""3.3 Window mask"""

import numpy as np


def window_mask(query_positions: np.ndarray, key_positions: np.ndarray, window: int) -> np.ndarray:
    """Not in the future, not older than the window, and not an empty slot; ``[N, T]``."""
    if window < 1:
        raise ValueError(f"window is {window}: a query sees at least itself, so it must be at least 1.")
    age = query_positions[:, None] - key_positions[None, :]  # [N, T]
    return (age >= 0) & (age < window) & (key_positions >= 0)
