"""The two models that are compared: the book's own, and a tiny one of the size that courses time."""

from __future__ import annotations

from kvlab.model.transformer import Transformer

MODELS = ("smollm2-135m", "tiny")


def bench_model(name: str) -> Transformer:
    """A model by its name: ``tiny`` has 4 layers, is 128 wide, and has random weights, the same each time."""
    from kvlab.cache.contiguous import KVCache
    from kvlab.io.load import load_model
    from kvlab.measure.benchmark import random_model

    if name == "tiny":
        return random_model(KVCache(1, n_layers=4, n_heads=4, head_dim=32))
    return load_model(name, tokenizer=False)
