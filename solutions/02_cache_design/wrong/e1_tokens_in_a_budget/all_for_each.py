"""You give every sequence the whole budget. Caches are not shared: each sequence needs room of its own."""

import numpy as np


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=np.float32):
    per_token = 2 * config.n_layers * config.n_kv_heads * config.head_dim * np.dtype(dtype).itemsize
    return n_bytes // per_token
