"""You count a multiplication and an addition as two. Here the pair is one."""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    lengths = range(n_prompt, n_prompt + n_generated)
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in passes)
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "keys_values": 2 * 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * 2 * tokens * config.embed_dim * queries,
        "mlp": 2 * 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * 2 * pairs * queries,
        "head": 2 * n_generated * config.embed_dim * config.vocab_size,
    }
