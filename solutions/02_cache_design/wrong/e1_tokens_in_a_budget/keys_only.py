"""You count one row a token. A token leaves two in each layer and head: a key and a value."""

import numpy as np


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=np.float32):
    per_token = config.n_layers * config.n_kv_heads * config.head_dim * np.dtype(dtype).itemsize
    return n_bytes // (n_sequences * per_token)
