"""llama.cpp with F32 weights and an F32 cache, through the functions that its own programs call."""

from __future__ import annotations

import ctypes
import importlib.metadata
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from kvlab.bench.engine import prompt


class LlamaEngine:
    """A ``llama_context`` with one sequence; contexts are filled by a real prefill.

    Parameters
    ----------
    path : str
        Of a GGUF file whose tensors are F32.
    threads, max_seq_len : int
    """

    def __init__(self, path: str, threads: int, max_seq_len: int = 4097) -> None:
        import llama_cpp

        self._api: Any = llama_cpp
        self._silent = self._api.llama_log_callback(lambda level, text, user_data: None)  # to live as long as this
        self._api.llama_log_set(self._silent, ctypes.c_void_p())
        self._api.llama_backend_init()
        self._model = self._api.llama_model_load_from_file(path.encode(), self._api.llama_model_default_params())
        settings = self._api.llama_context_default_params()
        settings.n_ctx, settings.n_batch, settings.n_ubatch = max_seq_len, 2048, 512
        settings.n_threads = settings.n_threads_batch = threads
        settings.type_k = settings.type_v = self._api.GGML_TYPE_F32
        self._context = self._api.llama_init_from_model(self._model, settings)
        self._memory = self._api.llama_get_memory(self._context)
        self._vocab_size = self._api.llama_vocab_n_tokens(self._api.llama_model_get_vocab(self._model))
        self._position = 0

    def _forward(self, token_ids: Sequence[int]) -> Any:
        """Logits of the last token ``[V]``, readable until the next call."""
        for start in range(0, len(token_ids), 2048):
            piece = token_ids[start : start + 2048]
            tokens = (self._api.llama_token * len(piece))(*piece)
            if self._api.llama_decode(self._context, self._api.llama_batch_get_one(tokens, len(piece))):
                raise RuntimeError("llama_decode failed: the context is too small or the tokens are unknown.")
        self._position += len(token_ids)
        logits = self._api.llama_get_logits_ith(self._context, -1)
        return np.ctypeslib.as_array(logits, shape=(self._vocab_size,))

    def _truncate(self, n_tokens: int) -> None:
        self._api.llama_memory_seq_rm(self._memory, 0, n_tokens, -1)
        self._position = n_tokens

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """See Engine."""
        self._truncate(0)
        tokens = [int(self._forward(prompt_ids).argmax())]
        while len(tokens) < n:
            tokens.append(int(self._forward(tokens[-1:]).argmax()))
        return tokens

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """See Engine."""
        self._truncate(0)
        logits: list[float] = self._forward(token_ids).tolist()
        return logits

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        self._truncate(0)
        start = time.perf_counter()
        self._forward(token_ids)
        return time.perf_counter() - start

    def fill(self, n_tokens: int) -> None:
        """See Engine."""
        if self._position < n_tokens:
            self._forward(prompt(n_tokens, self._vocab_size)[self._position :])
        self._truncate(n_tokens)

    def step(self) -> float:
        """See Engine."""
        held = self._position
        start = time.perf_counter()
        self._forward([1])
        seconds = time.perf_counter() - start
        self._truncate(held)
        return seconds

    def versions(self) -> dict[str, str]:
        """See Engine."""
        return {"llama-cpp-python": importlib.metadata.version("llama-cpp-python")}


def make(name: str, threads: int) -> LlamaEngine:
    """The engine for the book's model; its F32 file is written once, beside the downloaded one."""
    from kvlab.bench.f32_gguf import write_f32
    from kvlab.io.download import ensure_model

    source = ensure_model(name)
    return LlamaEngine(str(write_f32(source, source.with_name("f32.gguf"))), threads)
