"""Your window is one token too wide: a query counts itself among the tokens that it sees.

Where: transformers #39408
Link: https://github.com/huggingface/transformers/issues/39408
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    age = query_positions[:, None] - key_positions[None, :]
    return (age >= 0) & ((age <= window) | (key_positions < n_sinks)) & (key_positions >= 0)
