"""Your sinks are seen by all queries, also by those that come before them: a sink in the future is hidden like any
other key.
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    age = query_positions[:, None] - key_positions[None, :]
    recent = (age >= 0) & (age < window)
    return (recent | (key_positions < n_sinks)) & (key_positions >= 0)
