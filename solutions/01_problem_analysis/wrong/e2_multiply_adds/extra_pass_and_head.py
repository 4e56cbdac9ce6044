"""You count n_generated + 1 passes, each with its logits. But n_generated steps are n_generated passes, the one over
the prompt included: no step reads the last token that is written.
"""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    passes = range(n_prompt, n_prompt + n_generated + 1)
    tokens = config.n_layers * ((n_prompt + n_generated) if cached else sum(passes))
    whole = [n_prompt + n_generated] if cached else passes
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in whole)
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": (n_generated + 1) * config.embed_dim * config.vocab_size,
    }
