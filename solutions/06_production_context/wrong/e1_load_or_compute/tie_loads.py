"""You load where both ways take equally long. Loading is sooner only from the next token on."""

import math


def break_even(bytes_per_token, prefill_rate, bandwidth, latency):
    saved = 1 / prefill_rate - bytes_per_token / bandwidth
    return max(1, math.ceil(latency / saved)) if saved > 0 else None


def tokens_to_load(n_prompt, n_stored, chunk, bytes_per_token, prefill_rate, bandwidth, latency):
    usable = min(n_stored, n_prompt - 1) // chunk * chunk
    least = break_even(bytes_per_token, prefill_rate, bandwidth, latency)
    return usable if least is not None and usable >= least else 0
