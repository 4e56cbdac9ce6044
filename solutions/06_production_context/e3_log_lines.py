"""6.3 Two lines of a log"""


def pool_blocks(
    free_bytes: int, n_layers: int, n_kv_heads: int, head_dim: int, bytes_per_number: int = 2, block_size: int = 16
) -> int:
    """A part of a block holds nothing, so the rest is left over."""
    return free_bytes // (2 * n_layers * n_kv_heads * head_dim * bytes_per_number * block_size)


def log_lines(n_blocks: int, max_len: int, block_size: int = 16, state_groups: int = 0) -> list[str]:
    """Concurrency counts what a request takes; the first line does not, which is why the two disagree."""
    request = -(-max_len // block_size) + state_groups  # blocks, rounded up
    if n_blocks < request:
        raise ValueError(
            f"one request of {max_len:,} tokens takes {request} blocks of {block_size}, and the pool has {n_blocks}: "
            "give it more memory, or serve shorter requests."
        )
    tokens = n_blocks // (1 + state_groups) * block_size
    return [
        f"GPU KV cache size: {tokens:,} tokens",
        f"Maximum concurrency for {max_len:,} tokens per request: {n_blocks / request:.2f}x",
    ]
