"""You compute head_dim as embed_dim / n_heads. A model may set it on its own: take it from the config.

Where: NVIDIA NeMo Automodel, before #3091
Link: https://github.com/NVIDIA-NeMo/Automodel/pull/3091
"""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    lengths = range(n_prompt, n_prompt + n_generated)
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in passes)
    head_dim = config.embed_dim // config.n_heads
    queries, keys = config.n_heads * head_dim, config.n_kv_heads * head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
