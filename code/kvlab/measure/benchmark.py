"""Timing generation with and without a cache, so that the ratio of the two means something.

A timing carries the tokens that were generated: a ratio of two runs that wrote different texts is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kvlab.cache.base import Cache
from kvlab.cache.checks import require_count
from kvlab.cache.contiguous import KVCache
from kvlab.measure.timing import Arm, Comparison, Timing, interleaved, require_same
from kvlab.model.config import ModelConfig
from kvlab.model.generate import generate_cached, generate_recompute
from kvlab.model.transformer import Transformer

Prompt = str | Sequence[int]


def benchmark_standard_generation(
    prompt: Prompt, max_new_tokens: int, model: Transformer | None = None, *, repeats: int = 3
) -> Timing:
    """Time greedy generation that recomputes the whole text for each token.

    Parameters
    ----------
    prompt : str or sequence of int
        Text goes through the model's tokenizer; a model without one reads its UTF-8 bytes.
    max_new_tokens : int
    model : Transformer, optional
        Left out, one with random weights: 12 layers of 16 heads of 64, which is 1024 wide.
    repeats : int
        Timed runs, after an untimed one of two tokens.

    Returns
    -------
    Timing
        Median seconds.
    """
    model = model or random_model()
    ids = prompt_ids(model, prompt)
    return _time(lambda n: generate_recompute(model, ids, n), max_new_tokens, repeats)


def benchmark_cached_generation(
    prompt: Prompt,
    max_new_tokens: int,
    cache: Cache | None = None,
    model: Transformer | None = None,
    *,
    repeats: int = 3,
) -> Timing:
    """Time greedy generation with a cache; the prompt's own pass is part of the time.

    Parameters
    ----------
    prompt, max_new_tokens, model, repeats
        As ``benchmark_standard_generation``. A random model takes the cache's geometry.
    cache : Cache, optional
        Emptied before each run, and left holding the last one. Left out, a ``KVCache`` of the size needed.

    Returns
    -------
    Timing
        Median seconds.

    Raises
    ------
    ValueError
        The cache has no room for the prompt and the new tokens; nothing has been run then.
    """
    model = model or random_model(cache)
    ids = prompt_ids(model, prompt)
    cache = _roomy(cache, model, len(ids) + require_count("max_new_tokens", max_new_tokens) - 1)
    return _time(lambda n: _cached_afresh(model, ids, n, cache), max_new_tokens, repeats)


def compare_generation(
    prompt: Prompt,
    max_new_tokens: int,
    model: Transformer | None = None,
    cache: Cache | None = None,
    *,
    repeats: int = 3,
) -> Comparison:
    """Time both ways in turn, run by run, so that a busy moment of the machine meets both.

    Parameters are those of the two benchmark functions.

    Raises
    ------
    ValueError
        The two wrote different tokens.
    """
    model = model or random_model(cache)
    ids = prompt_ids(model, prompt)
    cache = _roomy(cache, model, len(ids) + require_count("max_new_tokens", max_new_tokens) - 1)
    arms = (lambda n: generate_recompute(model, ids, n), lambda n: _cached_afresh(model, ids, n, cache))
    runs = interleaved(arms, max_new_tokens, repeats)
    standard, cached = (Timing(arm) for arm in runs)
    require_same(standard.tokens, cached.tokens)
    return Comparison(standard, cached)


def random_model(cache: Any = None) -> Transformer:
    """A model with random weights, over bytes, of a cache's geometry: the same each time it is made.

    Without a cache: 12 layers, 16 heads of 64. The width is all heads together, the MLP 8/3 of it, as in Llama.
    """
    layers, heads, dim = (cache.n_layers, cache.n_kv_heads, cache.head_dim) if cache is not None else (12, 16, 64)
    width = heads * dim
    config = ModelConfig(
        n_layers=layers, embed_dim=width, n_heads=heads, n_kv_heads=heads, head_dim=dim,
        mlp_dim=max(1, 8 * width // 3), vocab_size=256,
    )  # fmt: skip
    return Transformer.random(config)


def prompt_ids(model: Transformer, prompt: Prompt) -> list[int]:
    """A prompt as token ids: through the tokenizer, or, for a model without one, as UTF-8 bytes.

    Raises
    ------
    ValueError
        The prompt is empty.
    """
    if not isinstance(prompt, str):
        ids = [int(token) for token in prompt]
    elif model.tokenizer is not None:
        ids = list(model.tokenizer.encode(prompt))
    else:
        ids = list(prompt.encode("utf-8"))
    if not ids:
        raise ValueError("the prompt is empty: generation needs at least one token to start from.")
    return ids


def _cached_afresh(model: Transformer, ids: list[int], n: int, cache: Cache) -> Iterator[int]:
    cache.reset()
    return generate_cached(model, ids, n, cache=cache)


def _roomy(cache: Cache | None, model: Transformer, n_tokens: int) -> Cache:
    """The cache, or a new one, with room for so many tokens, or ValueError."""
    if cache is None:
        return KVCache.for_model(model.config, n_tokens)
    room = getattr(cache, "max_seq_len", None)
    if room is not None and n_tokens > room:
        raise ValueError(f"the run needs {n_tokens} tokens of cache, but max_seq_len is {room}: make it larger.")
    return cache


def _time(arm: Arm, max_new_tokens: int, repeats: int) -> Timing:
    return Timing(interleaved([arm], max_new_tokens, repeats)[0])
