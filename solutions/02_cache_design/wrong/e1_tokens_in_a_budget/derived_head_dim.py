"""You derive the head dimension as embed_dim / n_heads. The configuration says it, and it may be another number.

Where: LMCache #688
Link: https://github.com/LMCache/LMCache/issues/688
"""

import numpy as np


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=np.float32):
    head_dim = config.embed_dim // config.n_heads
    per_token = 2 * config.n_layers * config.n_kv_heads * head_dim * np.dtype(dtype).itemsize
    return n_bytes // (n_sequences * per_token)
