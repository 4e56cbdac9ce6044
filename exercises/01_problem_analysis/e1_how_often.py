"""1.1 How often?

Without a cache, every step of a generation reads the whole text again. The first step reads a prompt of `n_prompt`
tokens and writes one token. Each later step reads the prompt and all tokens written so far, and writes one more.
There are `n_generated` steps.

How often is the key of the token at `position` computed in one layer, over all steps? Mind the tokens that were not
there from the start. The answer is one line.

This exercise also shows how grading works. Put your line in place of the last line below, save, and run
`pytest exercises/ -k 1.1`. Be wrong on purpose once: with `return n_generated`, for example, you see what a wrong
answer gets. `pytest exercises/ --hint 1.1` gives a hint, and `pytest exercises/ --watch` grades whatever you save.
"""


def times_computed(position: int, n_prompt: int, n_generated: int) -> int:
    """How often the key of one token is computed when nothing is kept.

    Parameters
    ----------
    position : int
        Of the token in the text; 0 is the first token of the prompt. From 0 to ``n_prompt + n_generated - 1``, which
        is the token that the last step writes: no step reads it.
    n_prompt, n_generated : int
        Tokens of the prompt, and tokens written; each at least 1.

    Returns
    -------
    int

    Examples
    --------
    Three tokens of prompt, two steps. The first step reads positions 0 to 2, the second reads 0 to 3.

    >>> times_computed(0, n_prompt=3, n_generated=2)
    2
    >>> times_computed(3, n_prompt=3, n_generated=2)
    1
    """
    raise NotImplementedError("1.1: put your line here")
