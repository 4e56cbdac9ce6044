"""You count four bytes a number, whatever is stored. A float16 takes two, so twice as many tokens fit.

Where: vllm #25350
Link: https://github.com/vllm-project/vllm/issues/25350
"""


def tokens_that_fit(config, n_bytes, n_sequences=1, dtype=None):
    per_token = 2 * config.n_layers * config.n_kv_heads * config.head_dim * 4
    return n_bytes // (n_sequences * per_token)
