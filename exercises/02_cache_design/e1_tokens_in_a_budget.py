"""2.1 Tokens in a budget

You have `n_bytes` of memory for keys and values, and want to serve `n_sequences` texts at the same time. Each text
has a `KVCache` of its own, and all of them get equal room.

For how many tokens can each cache be made? Predict it from the model's configuration, without making a cache. The
grader then makes real ones, and counts their bytes.

A `ModelConfig` holds more numbers than you need: `n_layers`, `embed_dim`, `n_heads` (query heads), `n_kv_heads`,
`head_dim`, `mlp_dim`, `vocab_size`.
"""

import numpy as np
from numpy.typing import DTypeLike

from kvlab import ModelConfig


def tokens_that_fit(config: ModelConfig, n_bytes: int, n_sequences: int = 1, dtype: DTypeLike = np.float32) -> int:
    """The largest `max_seq_len` with which all caches together fit into the budget.

    Parameters
    ----------
    config : ModelConfig
        Of the model that the caches are for.
    n_bytes : int
        The budget: bytes for the keys and values of all sequences together.
    n_sequences : int
        How many caches share it, each with room for equally many tokens; at least 1.
    dtype : dtype
        Of the stored numbers. `np.dtype(dtype).itemsize` is how many bytes one takes.

    Returns
    -------
    int
        Whole tokens for each sequence. 0 if not even one token fits for each.

    Examples
    --------
    A layer with one key/value head of 4 numbers, 4 bytes each: 32 bytes a token, key and value together.

    >>> config = ModelConfig(
    ...     n_layers=1, embed_dim=4, n_heads=1, n_kv_heads=1, head_dim=4, mlp_dim=8, vocab_size=9
    ... )
    >>> tokens_that_fit(config, n_bytes=100)
    3
    >>> tokens_that_fit(config, n_bytes=100, n_sequences=2)
    1
    """
    raise NotImplementedError("2.1: replace this line")
