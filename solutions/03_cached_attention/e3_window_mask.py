"""3.3 Window mask"""

import numpy as np


def window_mask(query_positions: np.ndarray, key_positions: np.ndarray, window: int, n_sinks: int = 0) -> np.ndarray:
    """Not in the future, not an empty slot, and either within the window or a sink; ``[N, T]``."""
    if window < 1 or n_sinks < 0:
        raise ValueError(
            f"window is {window} and n_sinks {n_sinks}: a query sees at least itself, so window must be at least 1, "
            "and there cannot be fewer than 0 sinks."
        )
    age = query_positions[:, None] - key_positions  # [N, T]
    return (age >= 0) & (key_positions >= 0) & ((age < window) | (key_positions < n_sinks))
