"""A model's parameters: what they are called, what shape each has, and random ones for experiments."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kvlab.model.config import ModelConfig

Array = NDArray[np.float32]
_LINE = 64  # bytes of a cache line


@dataclass(frozen=True)
class LayerWeights:
    """One transformer block. Matrices are ``[in, out]`` and applied as ``x @ W``.

    Matrices that read the same input are stored side by side, so that one product does the work of three
    (``qkv``: query, key, value columns in this order) or of two (``gate_up``). Stored ``[in, out]``, a
    one-row product reads each matrix once, front to back; ``[out, in]`` costs a fifth more per token. A matrix
    with more inputs than outputs (``down``) is the other way round: see ``empty_weights``.
    """

    attention_norm: Array  # [E]
    qkv: Array  # [E, (H + 2 H_kv) D]
    output: Array  # [H D, E]
    mlp_norm: Array  # [E]
    gate_up: Array  # [E, 2 M]
    down: Array  # [M, E]
    qkv_bias: Array | None = None  # [(H + 2 H_kv) D]
    output_bias: Array | None = None  # [E]
    gate_up_bias: Array | None = None  # [2 M]
    down_bias: Array | None = None  # [E]
    query_norm: Array | None = None  # [D]
    key_norm: Array | None = None  # [D]


@dataclass(frozen=True)
class ModelWeights:
    """All parameters. ``head`` is None where the model reuses its embedding (``config.tied_head``).

    A tied embedding is looked up once a token but read whole as the head, so it is best laid out as the head
    is read, ``[E, V]`` in memory (Fortran order): a product with rows of ``[V, E]`` takes a quarter longer.
    ``empty_weights`` lays all of them out.
    """

    embedding: Array  # [V, E]
    layers: tuple[LayerWeights, ...]
    final_norm: Array  # [E]
    head: Array | None = None  # [E, V]

    def named(self) -> Iterator[tuple[str, Array]]:
        """Every array with its name, as ``layers.3.qkv``."""
        owners: list[tuple[ModelWeights | LayerWeights, str]] = [(self, "")]
        owners += [(layer, f"layers.{i}.") for i, layer in enumerate(self.layers)]
        for owner, prefix in owners:
            for entry in fields(owner):
                value = getattr(owner, entry.name)
                if isinstance(value, np.ndarray):
                    yield prefix + entry.name, value

    @property
    def n_parameters(self) -> int:
        """How many numbers the model has; a tied head is not counted twice."""
        return sum(array.size for _, array in self.named())

    @property
    def nbytes(self) -> int:
        """Bytes that one uncached pass over every weight reads."""
        return sum(array.nbytes for _, array in self.named())


def layer_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The shape of each array that a layer of this model must have."""
    E, M, D = config.embed_dim, config.mlp_dim, config.head_dim
    qkv = (config.n_heads + 2 * config.n_kv_heads) * D
    shapes: dict[str, tuple[int, ...]] = {
        "attention_norm": (E,), "qkv": (E, qkv), "output": (config.n_heads * D, E),
        "mlp_norm": (E,), "gate_up": (E, 2 * M), "down": (M, E),
    }  # fmt: skip
    if config.qkv_bias:
        shapes["qkv_bias"] = (qkv,)
    if config.output_bias:
        shapes["output_bias"] = (E,)
    if config.mlp_bias:
        shapes |= {"gate_up_bias": (2 * M,), "down_bias": (E,)}
    if config.qk_norm:
        shapes |= {"query_norm": (D,), "key_norm": (D,)}
    return shapes


def model_shapes(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every array of this model, by the names that ``ModelWeights.named`` gives."""
    E, V = config.embed_dim, config.vocab_size
    shapes: dict[str, tuple[int, ...]] = {"embedding": (V, E), "final_norm": (E,)}
    if not config.tied_head:
        shapes["head"] = (E, V)
    for i in range(config.n_layers):
        shapes |= {f"layers.{i}.{name}": shape for name, shape in layer_shapes(config).items()}
    return shapes


def check_weights(config: ModelConfig, weights: ModelWeights) -> None:
    """Raise ValueError at the first array that is missing, surplus, not float32 or not of its shape."""
    expected, given = model_shapes(config), dict(weights.named())
    if missing := sorted(expected.keys() - given.keys()):
        raise ValueError(f"the weights lack {missing[0]} ({len(missing)} missing), which this config asks for.")
    if surplus := sorted(given.keys() - expected.keys()):
        raise ValueError(f"the weights hold {surplus[0]} ({len(surplus)} surplus), which this config has no use for.")
    for name, array in given.items():
        if array.shape != expected[name] or array.dtype != np.float32:
            raise ValueError(
                f"{name} is {array.dtype} {list(array.shape)}; this config needs float32 {list(expected[name])}."
            )


def empty_weights(config: ModelConfig, dtype: DTypeLike = np.float32) -> ModelWeights:
    """Arrays for a config, not filled yet, laid out so that a decode step reads them fast.

    All lie in one block of memory. The system gives large blocks pages of 2 MiB, where NumPy asks for them, which
    it does from 4 MiB on; most matrices of a small model are smaller, and pages of 4 KiB cost a decode step a tenth.

    Within the block, a matrix's longer axis is the one that lies in a row: BLAS splits the outputs between its
    threads, and each of them reads longer pieces.
    """
    shapes = model_shapes(config)
    line = _LINE // np.dtype(dtype).itemsize  # numbers of a cache line
    places = {name: -(-math.prod(shape) // line) * line for name, shape in shapes.items()}  # each begins a line
    block = np.empty(sum(places.values()) + line, dtype)
    start = -block.ctypes.data // block.itemsize % line
    arrays: dict[str, Array] = {}
    for name, shape in shapes.items():
        flat = block[start : start + math.prod(shape)]
        by_column = shape[0] > shape[-1] and (name != "embedding" or config.tied_head)  # a lookup wants rows
        arrays[name] = flat.reshape(shape[::-1]).T if by_column else flat.reshape(shape)
        start += places[name]
    layers = tuple(
        LayerWeights(**{name: arrays.pop(f"layers.{i}.{name}") for name in layer_shapes(config)})
        for i in range(config.n_layers)
    )
    return ModelWeights(layers=layers, **arrays)


def random_weights(config: ModelConfig, seed: int = 0) -> ModelWeights:
    """Random weights for a config: the same seed gives the same model.

    Matrices are scaled by 1/sqrt(inputs), so that activations neither vanish nor explode; gains lie
    around 1 and biases around 0, all of them random, so that forgetting one shows.
    """
    rng = np.random.default_rng(seed)
    weights = empty_weights(config)
    for name, array in sorted(weights.named(), key=lambda entry: "." not in entry[0]):  # layers first
        noise = rng.standard_normal(array.shape, dtype=np.float32)
        if name.endswith("norm"):
            array[...] = 1 + np.float32(0.1) * noise
        elif array.ndim == 1:
            array[...] = np.float32(0.1) * noise
        else:
            array[...] = noise if name == "embedding" else noise * np.float32(array.shape[0] ** -0.5)
    return weights
