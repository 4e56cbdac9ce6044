"""2.1 Tokens in a budget"""

import numpy as np
from numpy.typing import DTypeLike

from kvlab import ModelConfig


def tokens_that_fit(config: ModelConfig, n_bytes: int, n_sequences: int = 1, dtype: DTypeLike = np.float32) -> int:
    """The budget over what one token takes in every sequence, 2 L H_kv D b each; part of a token is of no use."""
    numbers = 2 * config.n_layers * config.n_kv_heads * config.head_dim
    return n_bytes // (n_sequences * numbers * np.dtype(dtype).itemsize)
