"""You divide the pool's tokens by the length. That holds only where a request fills its blocks and there are no states:
count the blocks that a request takes.
"""


def pool_blocks(free_bytes, n_layers, n_kv_heads, head_dim, bytes_per_number=2, block_size=16):
    return free_bytes // (2 * n_layers * n_kv_heads * head_dim * bytes_per_number * block_size)


def log_lines(n_blocks, max_len, block_size=16, state_groups=0):
    request = -(-max_len // block_size) + state_groups
    if n_blocks < request:
        raise ValueError("too few blocks for one request")
    tokens = n_blocks // (1 + state_groups) * block_size
    return [
        f"GPU KV cache size: {tokens:,} tokens",
        f"Maximum concurrency for {max_len:,} tokens per request: {tokens / max_len:.2f}x",
    ]
