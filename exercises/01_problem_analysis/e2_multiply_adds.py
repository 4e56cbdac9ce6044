"""1.2 Count the multiply-adds

A cache stores keys and values only. What it saves is much more: every matrix product that a repeated token would go
through. Predict the work of a whole generation, part by part, without running it.

The model is of the Llama family, with grouped queries. Each layer has

- matrices that make queries, keys and values from a hidden state, and one that takes the heads' outputs back to it;
- an MLP with three matrices: gate and up, from `embed_dim` to `mlp_dim`, and down, the way back;
- attention: each query head of a token is multiplied with the key of every token that it may see, itself included,
  and each weight with that token's value.

At the end, the output head turns a hidden state into logits, in each step for the last position only. No layer has a
window (`config.windows` is empty).

Count *multiply-adds*: a product of `[a, b]` and `[b, c]` has `a * b * c` of them. (The chapter counts a
multiplication and an addition as two operations. Here the pair is one.) Keys hidden by the causal mask do not count.

As in the chapter's loops, the first step reads the prompt. Without a cache, each later step reads the whole text so
far; with a cache, it reads the one token that the step before has written.

Take every number from the config. `head_dim` need not be `embed_dim / n_heads`. Your counts are compared with a walk
over all products, and with the package's own counter.
"""

from kvlab import ModelConfig


def multiply_adds(config: ModelConfig, n_prompt: int, n_generated: int, *, cached: bool) -> dict[str, int]:
    """The multiply-adds of all steps of a generation, by part.

    Parameters
    ----------
    config : ModelConfig
        Its ``n_layers``, ``embed_dim``, ``n_heads``, ``n_kv_heads``, ``head_dim``, ``mlp_dim`` and ``vocab_size`` are
        L, E, H, H_kv, D, M and V of the book's notation.
    n_prompt, n_generated : int
        Tokens of the prompt, and tokens written, one a step; each at least 1.
    cached : bool
        Whether keys and values are kept from step to step.

    Returns
    -------
    dict of int
        - ``"keys_values"``: hidden states to keys and values;
        - ``"queries_outputs"``: hidden states to queries, and the heads' outputs back to hidden states;
        - ``"mlp"``: the three matrices of the MLP;
        - ``"scores"``: queries with keys, and weights with values;
        - ``"head"``: hidden states to logits.

    Examples
    --------
    One token of prompt and one step: one token goes through everything once, and sees itself.

    >>> config = ModelConfig(n_layers=1, embed_dim=3, n_heads=4, n_kv_heads=2, head_dim=2, mlp_dim=5, vocab_size=7)
    >>> multiply_adds(config, n_prompt=1, n_generated=1, cached=False)
    {'keys_values': 24, 'queries_outputs': 48, 'mlp': 45, 'scores': 16, 'head': 21}
    """
    raise NotImplementedError("1.2: count the five parts")
