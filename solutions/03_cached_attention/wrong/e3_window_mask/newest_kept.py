"""You count keys instead of positions: where tokens were dropped, your window reaches back too far."""

import numpy as np


def window_mask(query_positions, key_positions, window):
    if window < 1:
        raise ValueError("window must be at least 1")
    mask = (key_positions <= query_positions[:, None]) & (key_positions >= 0)
    for row in mask:
        newest_first = np.argsort(np.where(row, -key_positions, 1))
        row[newest_first[window:]] = False
    return mask
