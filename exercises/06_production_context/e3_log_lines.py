"""6.3 Two lines of a log

When a serving engine starts, it cuts the memory that is left for the cache into blocks, its *pool*, and logs two lines:

    GPU KV cache size: 31,232 tokens
    Maximum concurrency for 20,000 tokens per request: 1.56x

Predict them. Layers are handed out in *groups* of equally many layers. A block holds a key and a value of `block_size`
tokens for all layers of *one* group, and any group may take any block of the pool. A plain model has one group, of all
its layers. A hybrid model has one group of attention layers, and `state_groups` groups of recurrent ones beside it.

- A request takes whole blocks: as many for the attention as its tokens need, and one for each group of states, however
  long the text is.
- The second line says how many requests of `max_len` tokens the pool has blocks for: two decimals, no commas.
- The first line makes it simple. It shares the blocks out evenly over all groups, drops the remainder, and counts the
  tokens in one group's share. For a hybrid model that number means nothing, but it was logged, for example in
  [vLLM#26646](https://github.com/vllm-project/vllm/issues/26646), which is among the chapter's errata.
- If the pool has too few blocks for one request of `max_len` tokens, the engine does not start.
"""


def pool_blocks(
    free_bytes: int, n_layers: int, n_kv_heads: int, head_dim: int, bytes_per_number: int = 2, block_size: int = 16
) -> int:
    """How many blocks the memory holds.

    Parameters
    ----------
    free_bytes : int
        What is left for the cache.
    n_layers : int
        Layers of one group.
    n_kv_heads, head_dim : int
        Of each of these layers.
    bytes_per_number : int
    block_size : int
        Tokens of a block.

    Examples
    --------
    A model of 32 layers with 8 key/value heads of 128, in 4 GiB:

    >>> pool_blocks(4 * 2**30, n_layers=32, n_kv_heads=8, head_dim=128)
    2048
    """
    raise NotImplementedError("6.3: write the body of pool_blocks")


def log_lines(n_blocks: int, max_len: int, block_size: int = 16, state_groups: int = 0) -> list[str]:
    """The two lines that the engine logs, letter by letter.

    Parameters
    ----------
    n_blocks : int
        Blocks of the pool.
    max_len : int
        Tokens of the longest request that is to be served, at least 1.
    block_size : int
        Tokens of a block.
    state_groups : int
        Groups of recurrent layers beside the one group of attention layers.

    Raises
    ------
    ValueError
        The pool has too few blocks for one request of max_len tokens.

    Examples
    --------
    >>> log_lines(1952, 20000)
    ['GPU KV cache size: 31,232 tokens', 'Maximum concurrency for 20,000 tokens per request: 1.56x']
    """
    raise NotImplementedError("6.3: write the body of log_lines")
