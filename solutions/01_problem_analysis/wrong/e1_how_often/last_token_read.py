"""You let each step read the token that it writes. A token is read from the next step on, and the last one never."""


def times_computed(position, n_prompt, n_generated):
    return min(n_generated, n_prompt + n_generated - position)
