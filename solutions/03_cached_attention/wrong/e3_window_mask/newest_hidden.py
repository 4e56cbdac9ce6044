"""Your mask hides the newest token from itself.

Where: TinyTorch (harvard-edge/cs249r_book) #1953
Link: https://github.com/harvard-edge/cs249r_book/pull/1953
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    age = query_positions[:, None] - key_positions[None, :]
    return (age > 0) & ((age <= window) | (key_positions < n_sinks)) & (key_positions >= 0)
