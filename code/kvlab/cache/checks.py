"""What a cache refuses, in sentences: nothing may broadcast, and nothing is converted in silence."""

from __future__ import annotations

from typing import Any

import numpy as np

from kvlab.cache.base import Array


def require_count(name: str, value: int, least: int = 1) -> int:
    """The value as an int of at least ``least``, or ValueError with a sentence that names it."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ValueError(f"{name} is {value!r}: it must be an int.")
    if value < least:
        raise ValueError(f"{name} is {value}: it must be at least {least}.")
    return int(value)


def require_layer(layer_idx: int, n_layers: int) -> None:
    """Nothing if a cache of so many layers has this one, else ValueError."""
    if isinstance(layer_idx, bool) or not isinstance(layer_idx, (int, np.integer)):
        raise ValueError(f"layer_idx is {layer_idx!r}: it must be an int.")
    if not 0 <= layer_idx < n_layers:
        raise ValueError(f"layer_idx is {layer_idx}, but this cache has layers 0 .. {n_layers - 1}.")


def require_rows(
    key: Array, value: Array | None, n_kv_heads: int, head_dim: int, dtype: np.dtype[Any]
) -> tuple[Array, Array]:
    """Key and value as ``[H_kv, T, D]``, or ValueError if their shapes or dtypes are not the cache's own."""
    if value is None:
        raise ValueError("value is missing: this cache stores keys and values separately.")
    _require_dtype("key", key, dtype)
    _require_dtype("value", value, dtype)
    if key.shape != value.shape or key.ndim not in (2, 3) or (key.shape[0], key.shape[-1]) != (n_kv_heads, head_dim):
        raise ValueError(
            f"key is {list(key.shape)} and value {list(value.shape)}; this cache takes "
            f"[{n_kv_heads}, {head_dim}] for one token or [{n_kv_heads}, T, {head_dim}] for several, the same for both."
        )
    if key.ndim == 2:
        key, value = key[:, None], value[:, None]
    if key.shape[1] == 0:
        raise ValueError("key and value hold no tokens: T must be at least 1.")
    return key, value


def _require_dtype(name: str, array: Array, dtype: np.dtype[Any]) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != dtype:
        given = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise ValueError(
            f"{name} is {given}, but this cache stores {dtype}: convert it, for example "
            f"with np.asarray({name}, dtype=np.{dtype})."
        )
