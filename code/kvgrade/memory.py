"""Bytes that a call takes at its peak, beyond what was there before."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any


def peak_bytes(call: Callable[[], Any]) -> int:
    """Call once and return the most bytes that Python and NumPy held at a time for it.

    NumPy reports its arrays to ``tracemalloc``, so the count is exact and the same on every machine; memory that
    BLAS takes for itself is not in it. Call the function once before, so that caches and imports do not count.
    """
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        result = call()
        _, peak = tracemalloc.get_traced_memory()
        del result
        return peak - before
    finally:
        tracemalloc.stop()
