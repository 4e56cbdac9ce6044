"""From a checkpoint's tensors to the model's own arrays: transposed, laid side by side, two at a time.

Every file format is a ``TensorSource`` that speaks the Hugging Face names; the rest is the same for all. A source
writes to where a tensor belongs, piece by piece, so that no tensor is held beside the arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Protocol

from kvlab.model.config import ModelConfig
from kvlab.model.weights import Array, ModelWeights, empty_weights, layer_shapes


class UnsupportedModelError(ValueError):
    """The file is intact, but of an architecture, option or tensor type that this package does not compute."""


class TensorSource(Protocol):
    """Tensors by their Hugging Face names (``model.layers.0.self_attn.q_proj.weight``), ``[out, in]``.

    Two threads may read different tensors at the same time.
    """

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The tensor's shape without reading it, or None where the file has no such tensor."""
        ...

    def read_into(self, name: str, out: Array) -> None:
        """Write the tensor to its place, for a matrix ``[out, in]``, as checkpoints store it."""
        ...


# our array: the checkpoint's tensors that make it, in column order
_LAYER_PARTS = {
    "attention_norm": ["input_layernorm.weight"],
    "qkv": ["self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight"],
    "output": ["self_attn.o_proj.weight"],
    "mlp_norm": ["post_attention_layernorm.weight"],
    "gate_up": ["mlp.gate_proj.weight", "mlp.up_proj.weight"],
    "down": ["mlp.down_proj.weight"],
    "qkv_bias": ["self_attn.q_proj.bias", "self_attn.k_proj.bias", "self_attn.v_proj.bias"],
    "output_bias": ["self_attn.o_proj.bias"],
    "gate_up_bias": ["mlp.gate_proj.bias", "mlp.up_proj.bias"],
    "down_bias": ["mlp.down_proj.bias"],
    "query_norm": ["self_attn.q_norm.weight"],
    "key_norm": ["self_attn.k_norm.weight"],
}
_READERS = 2  # threads
_TOP_PARTS = {"embedding": "model.embed_tokens.weight", "final_norm": "model.norm.weight", "head": "lm_head.weight"}


def _part_widths(config: ModelConfig, name: str) -> list[int]:
    """How many columns (or entries) each part of a side-by-side array takes."""
    if name.startswith("qkv"):
        return [config.n_heads * config.head_dim] + 2 * [config.n_kv_heads * config.head_dim]
    if name.startswith("gate_up"):
        return 2 * [config.mlp_dim]
    return [layer_shapes(config)[name][-1]]


def expected_tensors(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    """The checkpoint's tensors that this config needs, and the shape of each as stored (``[out, in]``)."""
    E, V = config.embed_dim, config.vocab_size
    expected: dict[str, tuple[int, ...]] = {_TOP_PARTS["embedding"]: (V, E), _TOP_PARTS["final_norm"]: (E,)}
    if not config.tied_head:
        expected[_TOP_PARTS["head"]] = (V, E)
    for i in range(config.n_layers):
        for name, shape in layer_shapes(config).items():
            for part, width in zip(_LAYER_PARTS[name], _part_widths(config, name), strict=True):
                expected[f"model.layers.{i}.{part}"] = (width,) if len(shape) == 1 else (width, shape[0])
    return expected


def check_source(config: ModelConfig, source: TensorSource) -> None:
    """Refuse a checkpoint that lacks a tensor, has one too many or one of another shape, before any is read."""
    expected = expected_tensors(config)
    for name, shape in expected.items():
        found = source.shape(name)
        if found is None:
            hint = " (A head that is the embedding itself is a tied one.)" if name == _TOP_PARTS["head"] else ""
            raise ValueError(f"the checkpoint has no tensor {name}, which its config asks for.{hint}")
        if tuple(found) != shape:
            raise ValueError(f"{name} is {list(found)} in the checkpoint; its config makes it {list(shape)}.")
    for i in range(config.n_layers + 1):  # one more, to notice a config with too few layers
        for part in chain.from_iterable(_LAYER_PARTS.values()):
            name = f"model.layers.{i}.{part}"
            if name not in expected and source.shape(name) is not None:
                raise ValueError(f"the checkpoint has {name}, which its config gives no place: they do not match.")


def _places(config: ModelConfig, weights: ModelWeights) -> Iterator[tuple[str, Array]]:
    """Each tensor's name, and its place among the weights, turned as the checkpoint has it."""
    yield _TOP_PARTS["embedding"], weights.embedding
    if weights.head is not None:
        yield _TOP_PARTS["head"], weights.head.T
    for i, layer in enumerate(weights.layers):
        for name in layer_shapes(config):
            array, start = getattr(layer, name), 0
            for part, width in zip(_LAYER_PARTS[name], _part_widths(config, name), strict=True):
                yield f"model.layers.{i}.{part}", array[..., start : start + width].T
                start += width
    yield _TOP_PARTS["final_norm"], weights.final_norm


def assemble(config: ModelConfig, source: TensorSource) -> ModelWeights:
    """Read every tensor that the config needs into the arrays that the model computes with.

    NumPy lets go of the interpreter while it decodes and copies, so two threads take two thirds of one's time.

    Raises
    ------
    ValueError
        A tensor is missing, surplus or of another shape; raised before memory is taken.
    """
    check_source(config, source)
    weights = empty_weights(config)
    with ThreadPoolExecutor(_READERS) as readers:
        reads = [readers.submit(source.read_into, *place) for place in _places(config, weights)]
        for read in reads:
            read.result()  # raises what it raised
    return weights
