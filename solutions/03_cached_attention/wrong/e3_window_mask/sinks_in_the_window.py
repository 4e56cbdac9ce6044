"""You count the sinks among the tokens of the window, so that it reaches less far: they are seen beside it."""


def window_mask(query_positions, key_positions, window, n_sinks=0):
    if window < 1 or n_sinks < 0:
        raise ValueError("window must be at least 1, and n_sinks at least 0")
    age = query_positions[:, None] - key_positions[None, :]
    recent = age < max(window - n_sinks, 1)
    return (age >= 0) & (recent | (key_positions < n_sinks)) & (key_positions >= 0)
