"""You count keys instead of positions: where tokens were dropped, your window reaches back too far."""

import numpy as np


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    seen = (key_positions <= query_positions[:, None]) & (key_positions >= 0)
    mask = seen.copy()
    for row in mask:
        newest_first = np.argsort(np.where(row, -key_positions, 1))
        row[newest_first[window:]] = False
    return mask | (seen & (key_positions < n_sinks))
