"""You take a key's slot for its position. Slots come in any order; key_positions says who lies where."""

import numpy as np


def window_mask(query_positions, key_positions, window):
    if window < 1:
        raise ValueError("window must be at least 1")
    age = query_positions[:, None] - np.arange(len(key_positions))
    return (age >= 0) & (age < window) & (key_positions >= 0)
