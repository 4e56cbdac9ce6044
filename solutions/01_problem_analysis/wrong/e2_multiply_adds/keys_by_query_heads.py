"""You make keys and values for every query head. With grouped queries there are only n_kv_heads of each."""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    lengths = range(n_prompt, n_prompt + n_generated)
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in passes)
    queries = config.n_heads * config.head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * queries,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
