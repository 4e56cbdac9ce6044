"""You take a key's slot for its position. Slots come in any order; key_positions says who lies where."""

import numpy as np


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    places = np.arange(len(key_positions))
    age = query_positions[:, None] - places
    return (age >= 0) & ((age < window) | (places < n_sinks)) & (key_positions >= 0)
