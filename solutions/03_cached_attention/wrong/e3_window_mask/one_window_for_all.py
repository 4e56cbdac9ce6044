"""You cut all queries off where the last one's window begins: earlier queries lose keys that they may see.

Where: LLMs-from-scratch #879
Link: https://github.com/rasbt/LLMs-from-scratch/pull/879
"""


def window_mask(query_positions, key_positions, window):
    if window < 1:
        raise ValueError("window must be at least 1")
    oldest = query_positions[-1] - window + 1
    return (key_positions <= query_positions[:, None]) & (key_positions >= oldest) & (key_positions >= 0)
