"""You compute the head for one sequence only. In forward_operations, n_logits is 1 unless you say otherwise."""

from kvlab.measure.counters import forward_operations
from kvlab.measure.memory import kv_bytes_per_token


def decode_seconds(config, contexts, bytes_per_number, rate, bandwidth):
    steps = [forward_operations(config, 1, context - 1) for context in contexts]
    linear = steps[0].total - steps[0].scores
    scores = sum(step.scores for step in steps)
    weight_bytes = linear / 2 * bytes_per_number
    kv_bytes = sum(contexts) * kv_bytes_per_token(config, bytes_per_number)
    batch = forward_operations(config, len(contexts))
    in_linear = max((batch.total - batch.scores) / rate, weight_bytes / bandwidth)
    return in_linear + max(scores / rate, kv_bytes / bandwidth)
