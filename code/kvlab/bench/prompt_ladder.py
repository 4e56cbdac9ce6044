"""What was done about long prompts: threads over tokens, kernels between BLAS's products, and both."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from kvlab.bench.comparison import LONG_PROMPT, PAUSE, agreement, prefill_rounds
from kvlab.bench.engine import Engine
from kvlab.bench.kvlab_engine import KvlabEngine
from kvlab.bench.row import Row
from kvlab.bench.study import Section
from kvlab.cache.contiguous import KVCache
from kvlab.io.load import load_model
from kvlab.model.compiled import CompiledTransformer
from kvlab.model.threaded import ThreadedTransformer
from kvlab.model.transformer import Array, Transformer, _Step

ROUNDS = {512: 16, 2048: 8}  # by the length of the prompt


class CompiledAlone(CompiledTransformer):
    """Kernels between products, whose threads are BLAS's own."""

    def _hidden(self, steps: list[_Step]) -> Array:
        """As the plain model passes tokens through the layers."""
        return Transformer._hidden(self, steps)


class Rested(KvlabEngine):
    """Begins when the threads that the engine before it has used, and that wait for work in a loop, are asleep."""

    def prefill(self, token_ids: Sequence[int]) -> float:
        """See Engine."""
        time.sleep(PAUSE)
        return super().prefill(token_ids)


def prompt_rungs(model: Transformer) -> dict[str, Transformer]:
    """The model as it is, with either of the two steps, and with both."""
    kinds = {
        "NumPy": Transformer, "its tokens on all threads": ThreadedTransformer,
        "compiled between products": CompiledAlone, "both": CompiledTransformer,
    }  # fmt: skip
    return {name: kind(model.config, model.weights) for name, kind in kinds.items()}


def measure_prompts(rounds: Mapping[int, int] = ROUNDS) -> Section:
    """A row for each length of the prompt.

    Raises
    ------
    ValueError
        A rung writes other tokens than the plain model.
    """
    model = load_model("smollm2-135m")
    cache = KVCache.for_model(model.config, max(rounds))
    engines: dict[str, Engine] = {}
    for name, rung in prompt_rungs(model).items():
        engines[name] = Rested(rung, cache=cache)
        if (found := agreement(model, engines[name], n_prompt=LONG_PROMPT)).refused:
            raise ValueError(f"the rung {name!r} is refused: {found.refused}.")
    rows = [
        Row.of(f"prompt of {n}", prefill_rounds(engines, n, model.config.vocab_size, repeats))
        for n, repeats in rounds.items()
    ]
    return Section("prompts", "a prompt, ms", rows)
