"""You take the slower of the two parts. One follows the other, so their times add; it is reading and computing within
a part that overlap.
"""

from kvlab.measure.counters import forward_operations
from kvlab.measure.memory import kv_bytes_per_token


def decode_seconds(config, contexts, bytes_per_number, rate, bandwidth):
    steps = [forward_operations(config, 1, context - 1) for context in contexts]
    linear = steps[0].total - steps[0].scores
    scores = sum(step.scores for step in steps)
    weight_bytes = linear / 2 * bytes_per_number
    kv_bytes = sum(contexts) * kv_bytes_per_token(config, bytes_per_number)
    in_linear = max(len(contexts) * linear / rate, weight_bytes / bandwidth)
    return max(in_linear, scores / rate, kv_bytes / bandwidth)
