"""You load the whole prompt and leave no token to compute. The store holds no logits, so nothing can be chosen next.

Where: LMCache #3322
Link: https://github.com/LMCache/LMCache/pull/3322
"""

import math


def break_even(bytes_per_token, prefill_rate, bandwidth, latency):
    saved = 1 / prefill_rate - bytes_per_token / bandwidth
    return math.floor(latency / saved) + 1 if saved > 0 else None


def tokens_to_load(n_prompt, n_stored, chunk, bytes_per_token, prefill_rate, bandwidth, latency):
    usable = min(n_stored, n_prompt) // chunk * chunk
    least = break_even(bytes_per_token, prefill_rate, bandwidth, latency)
    return usable if least is not None and usable >= least else 0
