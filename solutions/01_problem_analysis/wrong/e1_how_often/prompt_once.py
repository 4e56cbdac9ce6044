"""You count the prompt as computed once: that is what a cache does. Without one, every step reads the prompt again."""


def times_computed(position, n_prompt, n_generated):
    return 1 if position < n_prompt else n_prompt + n_generated - 1 - position
