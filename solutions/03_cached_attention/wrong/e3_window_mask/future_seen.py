"""Your mask has an old end but no new one: queries see keys of the future.

Where: mlxcel #1001
Link: https://github.com/lablup/mlxcel/pull/1001
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    recent = key_positions > query_positions[:, None] - window
    return (recent | (key_positions < n_sinks)) & (key_positions >= 0)
