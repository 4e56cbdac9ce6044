"""You leave out the latency. Every load pays it once, so a short prefix is computed sooner than it is fetched."""


def break_even(bytes_per_token, prefill_rate, bandwidth, latency):
    return 1 if bandwidth > bytes_per_token * prefill_rate else None


def tokens_to_load(n_prompt, n_stored, chunk, bytes_per_token, prefill_rate, bandwidth, latency):
    usable = min(n_stored, n_prompt - 1) // chunk * chunk
    return usable if break_even(bytes_per_token, prefill_rate, bandwidth, latency) else 0
