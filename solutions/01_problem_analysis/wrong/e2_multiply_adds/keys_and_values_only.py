"""You let a cache save keys and values only. A token that is not read again goes through no matrix at all again."""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    lengths = range(n_prompt, n_prompt + n_generated)
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * config.n_layers * sum(lengths) * config.embed_dim * queries,
        "mlp": 3 * config.n_layers * sum(lengths) * config.embed_dim * config.mlp_dim,
        "scores": 2 * config.n_layers * sum(T * (T + 1) // 2 for T in lengths) * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
