"""1.1 How often?"""


def times_computed(position: int, n_prompt: int, n_generated: int) -> int:
    """No token is read by more steps than there are, nor by a step before the one after it was written."""
    return min(n_generated, n_prompt + n_generated - 1 - position)
