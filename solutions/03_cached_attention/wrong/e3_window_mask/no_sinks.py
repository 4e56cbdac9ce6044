"""Your mask knows the window, but no sinks, as `visible` does: a query sees the first n_sinks positions, too, however
old they are.
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    keys, queries = key_positions[..., None, :], query_positions[:, None]
    seen = (keys <= queries) & (keys >= 0)
    return seen & (keys > queries - window)
