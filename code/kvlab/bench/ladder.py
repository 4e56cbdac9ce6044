"""The steps that made decode fast, each measured beside the one before it.

    python -m kvlab.bench.ladder book/data/ladder.json

A rung is the model with everything up to that step. All have the same weights and share one cache; what differs is how
the weights lie in memory and how a single token attends. All rungs of a context are timed in turn, so that each ratio
is of one and the same minute.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from kvlab.bench.comparison import Reads, agreement, decode_rounds
from kvlab.bench.kvlab_engine import KvlabEngine
from kvlab.bench.models import bench_model
from kvlab.bench.peers import threads_here
from kvlab.bench.record import ROOT, as_record, write_record
from kvlab.bench.row import Row
from kvlab.bench.study import Section, Settings
from kvlab.cache.base import Segment
from kvlab.cache.contiguous import KVCache
from kvlab.io.load import load_model
from kvlab.measure.roofline import bandwidth_probe
from kvlab.model.ops import softmax
from kvlab.model.transformer import Array, IntArray, Transformer
from kvlab.model.weights import ModelWeights

SCRIPT = "code/kvlab/bench/ladder.py"
ROUNDS = {16: 60, 1024: 60, 16_384: 20}  # at each context: a rung may bring less than rounds differ
SHORTER = {16: 20, 1024: 20, 4096: 20}


class RepeatingHeads(Transformer):
    """Attention as a definition has it: every query head gets a copy of its keys and values."""

    def _attention_of(
        self, query: Array, segments: Sequence[Segment], positions: IntArray, window: int | None
    ) -> Array:
        (segment,), group = segments, len(query) // len(segments[0].keys)
        keys, values = np.repeat(segment.keys, group, axis=0), np.repeat(segment.values, group, axis=0)  # [H, n, D]
        scores = query @ keys.transpose(0, 2, 1) / np.float32(math.sqrt(query.shape[-1]))  # [H, 1, n]
        attended: Array = softmax(scores) @ values
        return attended


class GroupsAsMatrices(Transformer):
    """The queries of a group as one matrix: nothing is copied here, but BLAS copies keys and values to multiply."""

    def _attention_of(
        self, query: Array, segments: Sequence[Segment], positions: IntArray, window: int | None
    ) -> Array:
        (segment,), (n_heads, n, head_dim) = segments, query.shape
        grouped = query.reshape(len(segment.keys), -1, head_dim) * np.float32(head_dim**-0.5)  # [H_kv, G, D]
        scores = np.ascontiguousarray((segment.keys @ grouped.transpose(0, 2, 1)).transpose(0, 2, 1))  # [H_kv, G, n]
        attended: Array = softmax(scores) @ segment.values
        return attended.reshape(n_heads, n, -1)


def laid_out(weights: ModelWeights, copy: Callable[[Array], Array], tied: bool) -> ModelWeights:
    """The same weights, every matrix copied; a tied embedding is copied as the head that it is."""
    layers = tuple(
        replace(layer, **{name: copy(getattr(layer, name)) for name in ("qkv", "output", "gate_up", "down")})
        for layer in weights.layers
    )
    head = None if weights.head is None else copy(weights.head)
    embedding = copy(weights.embedding.T).T if tied else weights.embedding
    return replace(weights, embedding=embedding, layers=layers, head=head)


def one_block(n_numbers: int) -> Callable[[Array], Array]:
    """A way to copy arrays, in C order, one after the other into one block of memory."""
    block, filled = np.empty(n_numbers, np.float32), 0

    def copy(array: Array) -> Array:
        nonlocal filled
        place = block[filled : filled + array.size].reshape(array.shape)
        place[...] = array
        filled += array.size
        return place

    return copy


def rungs(model: Transformer) -> dict[str, Transformer]:
    """The model before any of the steps, and after each of them."""
    config, weights = model.config, model.weights
    by_output = laid_out(weights, np.asfortranarray, config.tied_head)
    by_input = laid_out(weights, lambda array: np.array(array, order="C"), config.tied_head)
    together = laid_out(weights, one_block(weights.n_parameters), config.tied_head)
    ladder: dict[str, Transformer] = {
        "as checkpoints store it": RepeatingHeads(config, by_output),
        "keys shared, not repeated": GroupsAsMatrices(config, by_output),
        "matrices [in, out]": GroupsAsMatrices(config, by_input),
        "all in one block": GroupsAsMatrices(config, together),
        "longer axis in a row": GroupsAsMatrices(config, weights),
        "a product for each query": model,
    }
    if find_spec("numba"):
        from kvlab.model.compiled import CompiledTransformer

        ladder["compiled"] = CompiledTransformer(config, weights)
    return ladder


def measure(rounds: Mapping[int, int] = ROUNDS) -> list[Row]:
    """A row for each context, with every rung's seconds.

    Raises
    ------
    ValueError
        Two rungs write different tokens.
    """
    model = bench_model("smollm2-135m")
    return _rows({name: (rung, model) for name, rung in rungs(model).items()}, rounds)


def measure_halves(rounds: Mapping[int, int] = SHORTER) -> Section:
    """The last rung beside the same with weights of two bytes: another model, held to its own rounded weights.

    Raises
    ------
    ValueError
        It writes other tokens than the rounded weights do in NumPy.
    """
    from kvlab.model.compiled import Bfloat16Transformer, CompiledTransformer

    model = load_model("smollm2-135m")
    halves = Bfloat16Transformer(model.config, model.weights)
    rounded = Transformer(model.config, halves.weights)
    whole = CompiledTransformer(model.config, model.weights)
    rows = _rows({"float32": (whole, model), "bfloat16": (halves, rounded)}, rounds)
    return Section("halves", "a decode step by the bytes of a weight, ms", rows, notes=(_harm(model, rounded),))


def _harm(exact: Transformer, rounded: Transformer, n: int = 512) -> str:
    """What rounding does to the next-token predictions on a text that neither model wrote."""
    text = (ROOT / "book" / "01-problem-analysis.md").read_text(encoding="utf-8")
    ids = np.array(exact.tokenizer.encode(text)[: n + 1])
    chances = [softmax(model.forward(ids[:-1])) for model in (exact, rounded)]  # [n, V] each
    before, after = (float(-np.log(chance[np.arange(n), ids[1:]]).mean()) for chance in chances)
    same = float(np.mean(chances[0].argmax(axis=1) == chances[1].argmax(axis=1)))
    return (
        f"on the first {n} tokens of chapter 1's source, the mean loss is {before:.4f} with float32 and {after:.4f} "
        f"with bfloat16, and the likeliest next token is the same for {same:.1%} of them"
    )


def _rows(rungs_and_oracles: Mapping[str, tuple[Transformer, Transformer]], rounds: Mapping[int, int]) -> list[Row]:
    """A row for each context; the models share a cache, and the first one's bytes give the floor."""
    config = next(iter(rungs_and_oracles.values()))[0].config
    cache = KVCache.for_model(config, max(rounds) + 1)
    engines = {}
    for name, (rung, oracle) in rungs_and_oracles.items():
        engines[name] = KvlabEngine(rung, cache=cache)
        if (found := agreement(oracle, engines[name])).refused:
            raise ValueError(f"the rung {name!r} is refused: {found.refused}.")
    reads = Reads(*bandwidth_probe())
    return [_row(engines, context, repeats, reads) for context, repeats in rounds.items()]


def _row(engines: Mapping[str, KvlabEngine], context: int, repeats: int, reads: Reads) -> Row:
    rounds = decode_rounds({"probe": reads, **engines}, context, repeats, probe=reads.step)
    floor = reads.floor(next(iter(engines.values())).floor_bytes(), rounds.median("probe"))
    return Row.of(f"context {context}", rounds, floor=floor)


def main(arguments: list[str]) -> int:
    """Measure, print, and record if a file is named; without numba, the rungs in NumPy alone."""
    sections = [Section("ladder", "a decode step, rung by rung, ms", measure())]
    if find_spec("numba"):
        from kvlab.bench.prompt_ladder import measure_prompts

        sections += [measure_halves(), measure_prompts()]
    for section in sections:
        print(f"\n{section.title}")
        for row in section.rows:
            print(f"\n{row.job}" + (f", floor {1e3 * row.floor:.1f} ms" if row.floor else ""))
            for name in row.seconds:
                print(f"  {name:<28} {1e3 * row.median(name):8.2f} ms ±{50 * row.spread(name):.0f}%")
        print(*section.notes, sep="\n")
    if arguments:
        write_record(Path(arguments[0]), as_record([sections], Settings({}, threads_here()), script=SCRIPT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
