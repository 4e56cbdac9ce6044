"""You take the embedding width for the width of a key. A layer's key is n_kv_heads times head_dim numbers.

Where: KolosalAI's model-memory-calculator #2
Link: https://github.com/KolosalAI/model-memory-calculator/issues/2
"""

import numpy as np


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=np.float32):
    per_token = 2 * config.n_layers * config.embed_dim * np.dtype(dtype).itemsize
    return n_bytes // (n_sequences * per_token)
