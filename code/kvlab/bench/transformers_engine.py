"""Hugging Face transformers with its own cache and torch's fused attention, in fp32 on the processor."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from kvlab.bench.engine import prompt


class TransformersEngine:
    """``LlamaForCausalLM`` with a ``DynamicCache``; contexts are filled by a real prefill.

    Parameters
    ----------
    model : LlamaForCausalLM
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cache: Any = None
        self._fresh()

    def _fresh(self) -> None:
        from transformers import DynamicCache

        self._cache = DynamicCache(config=self._model.config)

    def _forward(self, token_ids: Sequence[int]) -> Any:
        """Logits of the last token, ``[V]``."""
        import torch

        ids = torch.tensor([list(token_ids)])
        with torch.inference_mode():
            return self._model(ids, past_key_values=self._cache, use_cache=True, logits_to_keep=1).logits[0, -1]

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """See Engine."""
        self._fresh()
        tokens = [int(self._forward(prompt_ids).argmax())]
        while len(tokens) < n:
            tokens.append(int(self._forward(tokens[-1:]).argmax()))
        return tokens

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """See Engine."""
        self._fresh()
        logits: list[float] = self._forward(token_ids).tolist()
        return logits

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        self._fresh()
        start = time.perf_counter()
        self._forward(token_ids)
        return time.perf_counter() - start

    def fill(self, n_tokens: int) -> None:
        """See Engine."""
        held = self._cache.get_seq_length()
        if held > n_tokens:
            self._fresh()
            held = 0
        if held < n_tokens:
            self._forward(prompt(n_tokens, self._model.config.vocab_size)[held:])

    def step(self) -> float:
        """See Engine."""
        start = time.perf_counter()
        self._forward([1])
        seconds = time.perf_counter() - start
        self._cache.crop(-1)  # this version refuses a length, and takes how many tokens to drop, negated
        return seconds

    def versions(self) -> dict[str, str]:
        """See Engine."""
        import torch
        import transformers

        return {"transformers": transformers.__version__, "torch": torch.__version__}


def make(name: str, threads: int) -> TransformersEngine:
    """The engine for one of the models, with the book's own weights."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from kvlab.bench.models import bench_model
    from kvlab.bench.state import checkpoint_state

    torch.set_num_threads(threads)
    ours = bench_model(name)
    config = ours.config
    theirs = LlamaForCausalLM._from_config(LlamaConfig(
        hidden_size=config.embed_dim, intermediate_size=config.mlp_dim, num_hidden_layers=config.n_layers,
        num_attention_heads=config.n_heads, num_key_value_heads=config.n_kv_heads, head_dim=config.head_dim,
        vocab_size=config.vocab_size, max_position_embeddings=32_769, rms_norm_eps=config.norm_eps,
        rope_parameters={"rope_type": "default", "rope_theta": config.rope.theta},
        tie_word_embeddings=config.tied_head,
    ), attn_implementation="sdpa").eval()  # fmt: skip
    theirs.load_state_dict({key: torch.from_numpy(value) for key, value in checkpoint_state(ours).items()})
    return TransformersEngine(theirs)
