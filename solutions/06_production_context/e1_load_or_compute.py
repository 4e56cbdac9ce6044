"""6.1 Load or compute"""

import math


def break_even(bytes_per_token: int, prefill_rate: float, bandwidth: float, latency: float) -> int | None:
    """Every loaded token saves a little; the latency is paid back once enough of them have."""
    saved = 1 / prefill_rate - bytes_per_token / bandwidth  # seconds a token
    return math.floor(latency / saved) + 1 if saved > 0 else None


def tokens_to_load(
    n_prompt: int,
    n_stored: int,
    chunk: int,
    bytes_per_token: int,
    prefill_rate: float,
    bandwidth: float,
    latency: float,
) -> int:
    """The gain grows with every token, so it is all that may be loaded or nothing."""
    usable = min(n_stored, n_prompt - 1) // chunk * chunk
    least = break_even(bytes_per_token, prefill_rate, bandwidth, latency)
    return usable if least is not None and usable >= least else 0
