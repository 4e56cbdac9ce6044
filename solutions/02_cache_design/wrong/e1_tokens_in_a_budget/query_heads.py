"""You count query heads. Nothing of a query is kept: only key/value heads leave rows in the cache.

Where: torchtune #38
Link: https://github.com/meta-pytorch/torchtune/issues/38
"""

import numpy as np


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=np.float32):
    per_token = 2 * config.n_layers * config.n_heads * config.head_dim * np.dtype(dtype).itemsize
    return n_bytes // (n_sequences * per_token)
