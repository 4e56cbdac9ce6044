"""The book's engine with its decode step compiled by numba."""

from __future__ import annotations

import importlib.metadata

from kvlab.bench.kvlab_engine import KvlabEngine


class CompiledEngine(KvlabEngine):
    """``CompiledTransformer`` with a ``KVCache``."""

    def versions(self) -> dict[str, str]:
        """See Engine."""
        return super().versions() | {"numba": importlib.metadata.version("numba")}


def make(name: str, threads: int) -> CompiledEngine:
    """The engine for a model; numba takes its threads from the environment."""
    from kvlab.bench.models import bench_model
    from kvlab.model.compiled import CompiledTransformer

    model = bench_model(name)
    return CompiledEngine(CompiledTransformer(model.config, model.weights))
