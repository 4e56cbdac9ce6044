"""Your mask has an old end but no new one: queries see keys of the future.

Where: mlxcel #1001
Link: https://github.com/lablup/mlxcel/pull/1001
"""


def window_mask(query_positions, key_positions, window):
    if window < 1:
        raise ValueError("window must be at least 1")
    return (key_positions > query_positions[:, None] - window) & (key_positions >= 0)
