"""With a cache you count one pass too many: it reads the last token that is written, which no step reads. The pass over
the prompt is the first of the n_generated.
"""


def multiply_adds(config, n_prompt, n_generated, *, cached):
    passes = range(n_prompt, n_prompt + n_generated)
    tokens = config.n_layers * ((n_prompt + n_generated) if cached else sum(passes))
    whole = [n_prompt + n_generated] if cached else passes
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in whole)
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
