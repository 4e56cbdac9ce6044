"""You ask whether enough is stored. Ask whether enough can be loaded: whole chunks, and not the prompt's last token."""

import math


def break_even(bytes_per_token, prefill_rate, bandwidth, latency):
    saved = 1 / prefill_rate - bytes_per_token / bandwidth
    return math.floor(latency / saved) + 1 if saved > 0 else None


def tokens_to_load(n_prompt, n_stored, chunk, bytes_per_token, prefill_rate, bandwidth, latency):
    usable = min(n_stored, n_prompt - 1) // chunk * chunk
    least = break_even(bytes_per_token, prefill_rate, bandwidth, latency)
    return usable if least is not None and n_stored >= least else 0
