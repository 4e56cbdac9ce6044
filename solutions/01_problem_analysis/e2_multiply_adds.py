"""1.2 Count the multiply-adds"""

from kvlab import ModelConfig


def multiply_adds(config: ModelConfig, n_prompt: int, n_generated: int, *, cached: bool) -> dict[str, int]:
    """All that differs between the loops is which passes start at the first token: every one, or only the longest.

    A cached generation cuts its longest pass into pieces, and a text in pieces costs what the text costs.
    """
    lengths = range(n_prompt, n_prompt + n_generated)  # of the text that each step's token follows
    passes = [lengths[-1]] if cached else lengths
    tokens = config.n_layers * sum(passes)
    pairs = config.n_layers * sum(T * (T + 1) // 2 for T in passes)
    queries, keys = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim  # numbers a token
    return {
        "keys_values": 2 * tokens * config.embed_dim * keys,
        "queries_outputs": 2 * tokens * config.embed_dim * queries,
        "mlp": 3 * tokens * config.embed_dim * config.mlp_dim,
        "scores": 2 * pairs * queries,
        "head": n_generated * config.embed_dim * config.vocab_size,
    }
