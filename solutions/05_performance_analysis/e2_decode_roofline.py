"""5.2 The least time of a step"""

from collections.abc import Sequence

from kvlab import ModelConfig
from kvlab.measure.counters import forward_operations
from kvlab.measure.memory import kv_bytes_per_token


def decode_seconds(
    config: ModelConfig, contexts: Sequence[int], bytes_per_number: float, rate: float, bandwidth: float
) -> float:
    """Weights serve the whole batch, keys and values one sequence: so each part meets a limit of its own."""
    steps = [forward_operations(config, 1, context - 1) for context in contexts]
    linear = steps[0].total - steps[0].scores  # operations of one sequence, two for each weight
    scores = sum(step.scores for step in steps)
    weight_bytes = linear / 2 * bytes_per_number
    kv_bytes = sum(contexts) * kv_bytes_per_token(config, bytes_per_number)
    in_linear = max(len(contexts) * linear / rate, weight_bytes / bandwidth)
    return in_linear + max(scores / rate, kv_bytes / bandwidth)
