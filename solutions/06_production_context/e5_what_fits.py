"""6.5 What fits"""

import math
from bisect import bisect_right
from collections.abc import Callable


def largest_batch(
    sequence_bytes: Callable[[int], float],
    n_tokens: int,
    memory: float,
    weights: float,
    activations: float,
    share: float = 0.9,
    block: int = 16,
) -> int:
    """The room over what one sequence takes; a negative room holds none."""
    room = share * memory - weights - activations
    each = sequence_bytes(-(-n_tokens // block) * block)  # rounded up to whole blocks
    return max(0, math.floor(room / each))


def longest_context(
    sequence_bytes: Callable[[int], float],
    batch: int,
    max_tokens: int,
    memory: float,
    weights: float,
    activations: float,
    share: float = 0.9,
    block: int = 16,
) -> int:
    """Bytes grow with the blocks, as the numbers in a sorted list do, so the last block that fits can be bisected."""
    room = share * memory - weights - activations
    slots = range(block, max_tokens + block, block)
    fits = bisect_right(slots, room, key=lambda n: batch * sequence_bytes(n))
    return min(fits * block, max_tokens)
