"""You let one limit decide for the whole step. One part follows the other, so each has a limit of its own: take the
slower of the two for each part, and add.
"""

from kvlab.measure.counters import forward_operations
from kvlab.measure.memory import kv_bytes_per_token


def decode_seconds(config, contexts, bytes_per_number, rate, bandwidth):
    steps = [forward_operations(config, 1, context - 1) for context in contexts]
    linear = steps[0].total - steps[0].scores
    scores = sum(step.scores for step in steps)
    weight_bytes = linear / 2 * bytes_per_number
    kv_bytes = sum(contexts) * kv_bytes_per_token(config, bytes_per_number)
    operations = len(contexts) * linear + scores
    return max(operations / rate, (weight_bytes + kv_bytes) / bandwidth)
