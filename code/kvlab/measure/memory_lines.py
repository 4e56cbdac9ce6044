"""The lines of a memory bill: the cache by groups of layers, the whole bill, and what fits."""

from __future__ import annotations

from collections.abc import Iterator

from kvlab.measure.layers import Layers, Serving
from kvlab.measure.presets import Described
from kvlab.measure.units import binary, decimal

_STEP = 2048  # new tokens of one pass, as engines usually limit them


def _size(n_bytes: float) -> str:
    return f"{binary(n_bytes):>10}  {decimal(n_bytes):>8}"


def describe(part: Layers) -> str:
    """One group of layers in words."""
    if part.kind == "state":
        return f"{part.state_numbers:,} numbers at any length"
    if not part.n_heads:
        return "keep nothing of their own"
    window = f", the newest {part.window:,} tokens" if part.window else ""
    every = f", one row for {part.tokens_per_row} tokens" if part.tokens_per_row > 1 else ""
    if part.kind == "latent":
        return f"one vector of {part.key_dim} + {part.value_dim} for all heads"
    if not part.value_dim:
        what = "keys only" if part.kind == "index" else "keys that are also the values"
        return f"{part.n_heads} x {part.key_dim}, {what}{window}{every}"
    dims = f"{part.key_dim}" if part.key_dim == part.value_dim else f"{part.key_dim} and {part.value_dim}"
    return f"{part.n_heads} key/value heads of {dims}{window}"


def cache_lines(model: Described, serving: Serving, context: int, batch: int) -> Iterator[str]:
    """The cache, group by group of layers."""
    yield f"{model.name}: {context:,} tokens x {batch:,} sequence{'s' if batch > 1 else ''}, {_forms(serving)}"
    yield ""
    for part in model.cache.layers:
        yield f"  {part.n_layers:>4} layers {part.kind + ':':<14} {describe(part)}"
        yield f"{'':25} {_size(batch * part.bytes(context, serving))}"
    yield ""
    first, last = model.cache.bytes_per_token(serving), model.cache.bytes_per_token(serving, beyond=context)
    yield f"  {'one token':<22} {_size(first)}"
    if last != first:
        yield f"  {'one more, beyond T':<22} {_size(last)}"
    yield f"  {'one sequence':<22} {_size(model.cache.sequence_bytes(context, serving))}"


def _forms(serving: Serving) -> str:
    names = serving.keys.name if serving.keys == serving.values else f"{serving.keys.name},{serving.values.name}"
    shared = f", one of {serving.tensor_parallel} devices" if serving.tensor_parallel > 1 else ""
    return f"cache in {names}{f', blocks of {serving.block}' if serving.block > 1 else ''}{shared}"


def bill_lines(model: Described, serving: Serving, context: int, batch: int, weights: float | None) -> Iterator[str]:
    """Cache, weights and activations."""
    cache = batch * model.cache.sequence_bytes(context, serving)
    passing = model.widths.activation_bytes(min(_STEP, batch * context), batch, serving.tensor_parallel)
    yield ""
    yield f"  {'cache':<22} {_size(cache)}"
    if weights is None:
        yield f"  {'weights':<22}    unknown: give --parameters, such as 70B"
        return
    yield f"  {'weights':<22} {_size(weights)}   {_ratio(cache, weights)}"
    yield f"  {'activations, roughly':<22} {_size(passing)}   in a pass over {min(_STEP, batch * context):,} tokens"
    yield f"  {'together':<22} {_size(cache + weights + passing)}"


def _ratio(cache: float, weights: float) -> str:
    return f"the cache is {cache / weights:.2g} times the weights" if cache else ""


def fit_lines(
    model: Described, serving: Serving, context: int, batch: int, weights: float | None, budget: float
) -> Iterator[str]:
    """What fits into a device, and what would."""
    passing = model.widths.activation_bytes(_STEP, batch, serving.tensor_parallel)
    left = budget - (weights or 0) - passing
    yield ""
    yield f"  {'left for the cache':<22} {_size(max(0.0, left))}   of {binary(budget)}"
    if left <= 0:
        yield "  The weights alone do not fit: more devices (--tp), or fewer bits (--weights)."
        return
    longest = model.cache.max_tokens(left, serving, batch=batch)
    limit = f" (the model states {model.max_positions:,})" if model.max_positions else ""
    yield f"  longest context for {batch:,}: {'any' if longest is None else f'{longest:,} tokens'}{limit}"
    yield f"  most sequences of {context:,} tokens: {model.cache.max_batch(left, context, serving):,}"
