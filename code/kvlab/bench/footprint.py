"""What the package takes before and beside its work: seconds to import and to load, and memory at its peak.

Each is measured in a process of its own, because a process imports once and its peak memory never falls.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import numpy as np

_IMPORT = """
import time, json, numpy
start = time.perf_counter()
import kvlab
print(json.dumps(time.perf_counter() - start))
"""

_LOAD = """
import time, json, kvlab
kvlab.load_model({model!r})
start = time.perf_counter()
kvlab.load_model({model!r})
print(json.dumps(time.perf_counter() - start))
"""

_MEMORY = """
import json, kvlab
from kvlab.measure.memory import peak_memory_bytes
model = kvlab.load_model({model!r})
loaded = peak_memory_bytes()
cache = kvlab.KVCache.for_model(model.config, 1028)
list(kvlab.generate_cached(model, [1 + i % 1000 for i in range({context})], 4, cache=cache))
print(json.dumps(dict(loaded=loaded, peak=peak_memory_bytes(), needed=model.weights.nbytes + cache.nbytes())))
"""


def import_seconds(repeats: int = 7) -> list[float]:
    """Seconds to import the package when NumPy is imported already; the first, unwarmed, is left out."""
    return [_run(_IMPORT) for _ in range(repeats + 1)][1:]


def load_seconds(model: str, repeats: int = 3) -> list[float]:
    """Seconds to load a model whose file lies in the system's cache."""
    return [_run(_LOAD.format(model=model)) for _ in range(repeats)]


def peak_memory(model: str, context: int) -> dict[str, int]:
    """Bytes: the peak after loading, after a prompt too, and of weights and a cache for 1,028 tokens alone."""
    measured: dict[str, int] = _run(_MEMORY.format(model=model, context=context))
    return measured


def over_needed(measured: dict[str, int]) -> float:
    """How far the peak lies above weights and cache, as a share."""
    return float(np.divide(measured["peak"], measured["needed"])) - 1


def _run(script: str) -> Any:
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    return json.loads(ran.stdout)
