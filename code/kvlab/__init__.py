"""KV caching for transformer inference, from scratch: NumPy, a real model, and nothing hidden.

A reading path, one line a file:

    model/config        what a model of the Llama family is made of
    model/ops           the operations between its matrix products
    model/rope          rotary position embedding
    model/rope_scaling  how it is stretched to longer contexts
    model/attention     new queries over whatever a cache holds
    model/weights       the parameters and their shapes
    model/transformer   the forward pass, which commits once
    model/multihead     one attention layer by itself
    model/sampling      from logits to a token
    model/generate      the loop, without a cache and with one
    model/stopping      stop strings in streamed text
    model/reuse         keep the equal beginning, read the rest
    model/generate_batch  several sequences at once, without padding
    model/threaded      an option: a long prompt on several threads
    model/compiled      and this one: a decode step compiled by numba; model/kernels its loops
    model/bfloat16      weights of two bytes, which it can read too

    cache/base          the contract between a model and any cache
    cache/transaction   a step, staged layer by layer and committed once; cache/checks what it refuses
    cache/concat        the naive cache, which copies
    cache/contiguous    KVCache: room taken once, filled from the front

    io/load             a model by name, from a GGUF file, or from a safetensors folder
    io/assemble         a checkpoint's tensors to the model's arrays
    io/gguf*            llama.cpp's file format: bytes, configuration, tensors
    io/quants*          its quantised blocks
    io/huggingface      config.json (family, rope_fields, json_fields); io/safetensors* the tensors
    io/tokenizer*       text to tokens and back; io/chat the template of a conversation
    io/download         the book's own model (catalogue), fetched by pip and verified

    measure/counters    operations and rows, counted
    measure/equality    the same logits, the same tokens, and what that means
    measure/timing      a duration that remembers its tokens
    measure/benchmark   generation timed, both ways
    measure/roofline    decode beside the speed of memory
    measure/rounds      repeats, warm-up, turns, a gate for noise
    measure/steps       what a step costs at each length, and long runs from it
    measure/intensity   operations and bytes of the parts; measure/parts times them alone
    measure/layers      bytes of each kind of layer: a + b a token
    measure/memory      bytes of a cache, for any model; measure/storage, units what a number takes
    measure/presets     models by name; measure/layer_kinds, config_* by their config.json
    measure/budget      weights and activations beside it; measure/memory_* the command's table
    measure/published   what others printed, recomputed
    measure/records     what was recorded, when, and whether it still holds

    bench/engine        what an engine in a comparison can do; bench/*_engine each of them
    bench/worker        an engine in a process of its own; bench/remote its other end
    bench/comparison    equal tokens first, then turns; bench/row, table, record what came out
    bench/study         the whole comparison, as ``make bench`` runs it
    bench/ladder        what each step towards a fast decode brought; bench/prompt_ladder the same of prompts

    figures/            the book's charts and steppers

NumPy is all that they need, but for ``io``, ``figures``, ``model/threaded``, ``model/compiled`` and the engines of
``bench``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kvlab.cache.base import Cache, Segment
from kvlab.cache.concat import ConcatCache
from kvlab.cache.contiguous import KVCache
from kvlab.cache.transaction import StepCache
from kvlab.measure.benchmark import benchmark_cached_generation, benchmark_standard_generation, compare_generation
from kvlab.measure.timing import Comparison, Timing
from kvlab.model.config import ModelConfig
from kvlab.model.generate import generate_cached, generate_recompute
from kvlab.model.generate_batch import generate_batch
from kvlab.model.multihead import CachedMultiHeadAttention
from kvlab.model.reuse import rewind
from kvlab.model.rope import RopeConfig
from kvlab.model.sampling import greedy, sampler
from kvlab.model.stopping import until_stop
from kvlab.model.transformer import Transformer
from kvlab.model.weights import ModelWeights, random_weights

if TYPE_CHECKING:
    from kvlab.io.load import load_model

__version__ = "0.1.0"

__all__ = [
    "Cache", "CachedMultiHeadAttention", "Comparison", "ConcatCache", "KVCache", "ModelConfig", "ModelWeights",
    "RopeConfig", "Segment", "StepCache", "Timing", "Transformer", "benchmark_cached_generation",
    "benchmark_standard_generation", "compare_generation", "generate_batch", "generate_cached", "generate_recompute",
    "greedy", "load_model", "random_weights", "rewind", "sampler", "until_stop",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """``load_model`` is imported when first asked for: whoever does not load files needs NumPy only."""
    if name == "load_model":
        from kvlab.io.load import load_model

        return load_model
    raise AttributeError(f"module 'kvlab' has no attribute {name!r}")
