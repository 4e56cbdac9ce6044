"""You cut all queries off where the last one's window begins: earlier queries lose keys that they may see.

Where: LLMs-from-scratch #879
Link: https://github.com/rasbt/LLMs-from-scratch/pull/879
"""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    recent = key_positions >= query_positions[-1] - window + 1
    seen = (key_positions <= query_positions[:, None]) & (key_positions >= 0)
    return seen & (recent | (key_positions < n_sinks))
