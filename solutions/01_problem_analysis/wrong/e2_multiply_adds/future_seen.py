"""Your scores count keys that the causal mask hides: a query sees the keys up to its own, not all of the text."""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    lengths = range(n_prompt, n_prompt + n_generated)
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    pairs = config.n_layers * sum(T * T for T in passes)
    if cached:
        pairs = config.n_layers * (n_prompt**2 + sum(lengths[1:]))
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
