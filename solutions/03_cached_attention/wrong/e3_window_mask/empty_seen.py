"""Your queries see empty slots: -1 marks a slot without a key, and it passes for the position just before 0.

Where: transformers #45940
Link: https://github.com/huggingface/transformers/pull/45940
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    age = query_positions[:, None] - key_positions[None, :]
    sink = (key_positions >= 0) & (key_positions < n_sinks)
    return (age >= 0) & ((age < window) | sink)
