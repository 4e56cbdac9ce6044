"""You read the prompt one token a step. The first step reads all of it, so each of its tokens is read by every step."""


def times_computed(position, n_prompt, n_generated):
    return n_prompt + n_generated - 1 - position
