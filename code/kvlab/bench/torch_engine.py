"""A bare torch loop: what somebody writes who wants a small model to be fast in torch.

Fused matrices, a preallocated cache, torch's fused attention, no modules and no library around it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from kvlab.bench.engine import prompt


class TorchEngine:
    """The Llama forward pass for one sequence, in a page.

    Parameters
    ----------
    config : ModelConfig
    state : dict
        As ``checkpoint_state`` gives it.
    max_seq_len : int
    """

    def __init__(self, config: Any, state: Any, max_seq_len: int = 4097) -> None:
        import torch

        self._torch, self._config, self._position = torch, config, 0
        tensors = {name: torch.from_numpy(array) for name, array in state.items()}
        self._top = [tensors[name] for name in ("model.embed_tokens.weight", "model.norm.weight", "lm_head.weight")]
        self._layers = [self._layer(tensors, f"model.layers.{i}.") for i in range(config.n_layers)]
        shape = (config.n_layers, 1, config.n_kv_heads, max_seq_len, config.head_dim)  # [L, 1, H_kv, S, D]
        self._keys, self._values = torch.zeros(shape), torch.zeros(shape)
        angles = torch.arange(max_seq_len)[:, None] * torch.from_numpy(config.rope.frequencies(config.head_dim))
        self._cos, self._sin = angles.cos().float().repeat(1, 2), angles.sin().float().repeat(1, 2)  # [S, D]

    def _layer(self, tensors: Any, prefix: str) -> list[Any]:
        def side_by_side(*names: str) -> Any:
            return self._torch.cat([tensors[f"{prefix}{name}.weight"] for name in names]).contiguous()

        attention = [f"self_attn.{name}_proj" for name in ("q", "k", "v")]
        names = [["input_layernorm"], attention, ["self_attn.o_proj"], ["post_attention_layernorm"],
                 ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"]]  # fmt: skip
        return [side_by_side(*group) for group in names]

    def _forward(self, token_ids: Sequence[int]) -> Any:
        """Logits of the last token, ``[V]``; the cache grows by the tokens."""
        with self._torch.inference_mode():
            return self._computed(self._torch.tensor(token_ids))

    def _computed(self, ids: Any) -> Any:
        functional, config = self._torch.nn.functional, self._config
        embedding, final_norm, head = self._top
        rows = slice(self._position, self._position + len(ids))
        x, width = embedding[ids], (config.embed_dim,)  # [N, E]
        for i, (norm, qkv, output, mlp_norm, gate_up, down) in enumerate(self._layers):
            normed = functional.rms_norm(x, width, norm, config.norm_eps)
            x = x + functional.linear(self._attend(i, functional.linear(normed, qkv), rows), output)
            normed = functional.rms_norm(x, width, mlp_norm, config.norm_eps)
            gate, up = functional.linear(normed, gate_up).chunk(2, dim=-1)
            x = x + functional.linear(functional.silu(gate) * up, down)
        self._position = rows.stop
        return functional.linear(functional.rms_norm(x[-1], width, final_norm, config.norm_eps), head)

    def _attend(self, layer_idx: int, qkv: Any, rows: slice) -> Any:
        config, n = self._config, qkv.shape[0]
        heads = qkv.view(n, -1, config.head_dim).transpose(0, 1)[None]  # [1, H + 2 H_kv, N, D]
        first_key, first_value = config.n_heads, config.n_heads + config.n_kv_heads
        asking = heads[:, :first_value]
        left, right = asking.chunk(2, dim=-1)
        turned = asking * self._cos[rows] + self._torch.cat([-right, left], dim=-1) * self._sin[rows]
        self._keys[layer_idx, :, :, rows] = turned[:, first_key:]
        self._values[layer_idx, :, :, rows] = heads[:, first_value:]
        keys, values = self._keys[layer_idx, :, :, : rows.stop], self._values[layer_idx, :, :, : rows.stop]
        mask = None
        if 1 < n < rows.stop:
            mask = self._torch.ones(n, rows.stop, dtype=self._torch.bool).tril(rows.start)
        attended = self._torch.nn.functional.scaled_dot_product_attention(
            turned[:, :first_key], keys, values, attn_mask=mask, is_causal=n == rows.stop > 1,
            enable_gqa=config.n_heads != config.n_kv_heads,
        )  # fmt: skip
        return attended[0].transpose(0, 1).reshape(n, -1)

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """See Engine."""
        self._position = 0
        tokens = [int(self._forward(list(prompt_ids)).argmax())]
        while len(tokens) < n:
            tokens.append(int(self._forward(tokens[-1:]).argmax()))
        return tokens

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """See Engine."""
        self._position = 0
        logits: list[float] = self._forward(list(token_ids)).tolist()
        return logits

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        self._position = 0
        start = time.perf_counter()
        self._forward(list(token_ids))
        return time.perf_counter() - start

    def fill(self, n_tokens: int) -> None:
        """See Engine."""
        if self._position < n_tokens:
            self._forward(prompt(n_tokens, self._config.vocab_size)[self._position :])
        self._position = n_tokens

    def step(self) -> float:
        """See Engine."""
        start = time.perf_counter()
        self._forward([1])
        seconds = time.perf_counter() - start
        self._position -= 1
        return seconds

    def versions(self) -> dict[str, str]:
        """See Engine."""
        return {"torch": self._torch.__version__}


def make(name: str, threads: int) -> TorchEngine:
    """The engine for one of the models, with the book's own weights."""
    import torch

    from kvlab.bench.models import bench_model
    from kvlab.bench.state import checkpoint_state

    torch.set_num_threads(threads)
    model = bench_model(name)
    return TorchEngine(model.config, checkpoint_state(model))
