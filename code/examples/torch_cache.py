"""The contiguous cache of chapter 2, in PyTorch: the same names, the same shapes, the same contract.

A test runs it beside `kvlab.cache.contiguous` and demands the same rows and the same attention.
"""

import torch
import torch.nn.functional as F


class KVCache:
    """Keys and values of one sequence; a token's slot is its position."""

    def __init__(self, max_seq_len, n_layers, n_kv_heads, head_dim, **kind):
        """Reserve room; `kind` is a dtype and a device, as for torch.zeros."""
        shape = (n_layers, n_kv_heads, max_seq_len, head_dim)  # [L, H_kv, S, D]
        self.keys = torch.zeros(shape, **kind)
        self.values = torch.zeros(shape, **kind)
        self.position = 0

    def update(self, layer_idx, key, value):
        """Stage new tokens [H_kv, N, D] in one layer; return all it may see."""
        end = self.position + key.shape[1]
        if end > self.keys.shape[2]:
            raise ValueError(
                f"the cache is full: {self.position} of {self.keys.shape[2]} "
                f"tokens are in it and {key.shape[1]} more do not fit."
            )
        self.keys[layer_idx, :, self.position : end] = key
        self.values[layer_idx, :, self.position : end] = value
        return self.keys[layer_idx, :, :end], self.values[layer_idx, :, :end]

    def advance(self, n):
        """Commit n tokens, once every layer has staged them."""
        self.position += n

    def truncate(self, n):
        """Forget the tokens from position n on."""
        if not 0 <= n <= self.position:
            raise ValueError(f"truncate({n}), but {self.position} are held.")
        self.position = n


def attend(queries, keys, values):
    """Attention of N new queries [H, N, D] over all n keys [H_kv, n, D]."""
    n_new, n_keys = queries.shape[1], keys.shape[1]
    key_positions = torch.arange(n_keys, device=keys.device)
    query_positions = key_positions[n_keys - n_new :]
    visible = key_positions <= query_positions[:, None]  # [N, n]
    # is_causal=True would lay the triangle against the first key instead
    q, k, v = queries[None], keys[None], values[None]
    attention = F.scaled_dot_product_attention
    return attention(q, k, v, attn_mask=visible, enable_gqa=True)[0]
