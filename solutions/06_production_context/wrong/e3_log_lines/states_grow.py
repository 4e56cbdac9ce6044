"""Your states take as many blocks as the attention. A group of states takes one block, however long the text is.

Where: vLLM #40691, whose line of tokens assumed it
Link: https://github.com/vllm-project/vllm/issues/40691
"""


def pool_blocks(free_bytes, n_layers, n_kv_heads, head_dim, bytes_per_number=2, block_size=16):
    return free_bytes // (2 * n_layers * n_kv_heads * head_dim * bytes_per_number * block_size)


def log_lines(n_blocks, max_len, block_size=16, state_groups=0):
    request = -(-max_len // block_size) * (1 + state_groups)
    if n_blocks < request:
        raise ValueError("too few blocks for one request")
    tokens = n_blocks // (1 + state_groups) * block_size
    return [
        f"GPU KV cache size: {tokens:,} tokens",
        f"Maximum concurrency for {max_len:,} tokens per request: {n_blocks / request:.2f}x",
    ]
