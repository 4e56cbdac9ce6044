"""A GGUF file's settings, read into a ``ModelConfig``.

Settings carry the architecture's name in front (``llama.block_count``). Those that would change what is computed, in
a way that this package does not compute, are refused by name, before memory is taken.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.gguf import GgufFile
from kvlab.io.gguf_bytes import GgufError
from kvlab.io.quants import dequantise
from kvlab.model.config import ModelConfig
from kvlab.model.rope_scaling import RopeConfig

ARCHITECTURES = ("llama", "qwen2", "qwen3")

ROPE_FACTORS = "rope_freqs.weight"
# settings that change what is computed, and the value at which they do not
_NEUTRAL = {
    "expert_count": 0, "attention.causal": True, "attention.scale": 0.0, "logit_scale": 0.0, "embedding_scale": 0.0,
    "residual_scale": 0.0, "attention.clamp_kqv": 0.0, "attn_logit_softcapping": 0.0, "use_parallel_residual": False,
    "attention.temperature_scale": 0.0, "rope.scaling.yarn_log_multiplier": 0.0, "attention.sliding_window_pattern": 0,
}  # fmt: skip


def gguf_config(file: GgufFile) -> ModelConfig:
    """The model's config, from the settings and, for biases and norms, from which tensors there are.

    Raises
    ------
    UnsupportedModelError
        An architecture outside ``ARCHITECTURES``, or a setting that this package does not compute.
    GgufError
        A setting that every model has is missing.
    """
    if (parts := file.metadata.get("split.count", 1)) not in (0, 1):
        raise UnsupportedModelError(f"{file.path} is one of {parts} parts; join them with gguf-split first.")
    setting = _Settings(file.metadata)
    n_heads, embed_dim = setting.count("attention.head_count"), setting.count("embedding_length")
    head_dim = setting.count("attention.key_length", embed_dim // n_heads)
    setting.refuse_unless_equal("attention.value_length", head_dim)
    setting.refuse_unless_equal("rope.dimension_count", head_dim)
    n_layers = _layers(setting, file)
    window = setting.count("attention.sliding_window") if setting.get("attention.sliding_window") else None
    return ModelConfig(
        n_layers=n_layers,
        embed_dim=embed_dim,
        n_heads=n_heads,
        n_kv_heads=setting.count("attention.head_count_kv", n_heads),
        head_dim=head_dim,
        mlp_dim=setting.count("feed_forward_length"),
        vocab_size=_vocabulary(file),
        norm_eps=setting.number("attention.layer_norm_rms_epsilon"),
        rope=_rope_config(setting, file, head_dim),
        tied_head="output.weight" not in file.tensors,
        qkv_bias="blk.0.attn_q.bias" in file.tensors,
        output_bias="blk.0.attn_output.bias" in file.tensors,
        mlp_bias="blk.0.ffn_down.bias" in file.tensors,
        qk_norm="blk.0.attn_q_norm.weight" in file.tensors,
        windows=(window,) * n_layers if window else (),
        max_positions=setting.count("context_length", 2048),
        architecture=setting.architecture,
    )


class _Settings:
    """The settings of one architecture: ``block_count`` stands for ``llama.block_count``."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = metadata
        self.architecture = metadata.get("general.architecture", "(none given)")
        if self.architecture not in ARCHITECTURES:
            raise UnsupportedModelError(
                f"architecture {self.architecture!r} is not supported; {', '.join(ARCHITECTURES)} are (Mistral's and "
                "SmolLM2's files say llama)."
            )
        for name, neutral in _NEUTRAL.items():
            self.refuse_unless_equal(name, neutral)

    def get(self, name: str, default: Any = None) -> Any:
        return self._metadata.get(f"{self.architecture}.{name}", default)

    def count(self, name: str, default: int | None = None) -> int:
        """A number of things; files that give one for each layer must repeat the same."""
        value = self.get(name, default)
        if isinstance(value, list) and len(set(value)) == 1:
            value = value[0]
        if isinstance(value, list):
            raise UnsupportedModelError(f"{name} differs between layers ({value}); one value for all is supported.")
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise GgufError(f"setting {self.architecture}.{name} is {value!r}; it must be a whole number from 1 on.")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """A number, as the shortest decimal that the file's float32 could have come from: 1e-05, not 9.99…e-06."""
        value = self.get(name, default)
        if not isinstance(value, int | float) or not math.isfinite(value):
            raise GgufError(f"setting {self.architecture}.{name} is {value!r}; it must be a finite number.")
        return float(str(np.float32(value)))

    def refuse_unless_equal(self, name: str, allowed: Any) -> None:
        if (value := self.get(name, allowed)) != allowed:
            raise UnsupportedModelError(
                f"setting {self.architecture}.{name} is {value!r}; this package computes only {allowed!r}."
            )


def _layers(setting: _Settings, file: GgufFile) -> int:
    """The number of layers, if the file goes that far: a count alone may be damaged, and would cost memory."""
    n_layers = setting.count("block_count")
    if f"blk.{n_layers - 1}.attn_norm.weight" not in file.tensors:
        raise GgufError(f"the file claims {n_layers} layers but has no weights for the last: it is damaged or a part.")
    return n_layers


def _vocabulary(file: GgufFile) -> int:
    if "token_embd.weight" not in file.tensors:
        raise GgufError(f"{file.path} has no tensor token_embd.weight: it holds a vocabulary, not a model.")
    return file.tensors["token_embd.weight"].shape[0]


def _rope_config(setting: _Settings, file: GgufFile, head_dim: int) -> RopeConfig:
    factor = setting.number("rope.scaling.factor", setting.get("rope.scale_linear", 1.0)) or 1.0
    kind = setting.get("rope.scaling.type", "none" if factor == 1 else "linear")
    if kind not in ("none", "linear", "yarn"):
        raise UnsupportedModelError(f"RoPE scaling {kind!r} is not supported in GGUF files; none, linear, yarn are.")
    trained = setting.count("context_length", 8192)
    return RopeConfig(
        theta=setting.number("rope.freq_base", 10000.0),
        scaling="default" if kind == "none" else kind,
        factor=factor,
        original_max_positions=setting.count("rope.scaling.original_context_length", trained),
        beta_fast=setting.number("rope.scaling.yarn_beta_fast", 32.0),
        beta_slow=setting.number("rope.scaling.yarn_beta_slow", 1.0),
        attention_factor=_yarn_magnitude(setting, factor) if kind == "yarn" else None,
        frequency_factors=_frequency_factors(file, head_dim // 2),
    )


def _yarn_magnitude(setting: _Settings, factor: float) -> float:
    """GGUF's attention factor multiplies YaRN's usual magnitude, where a Hugging Face config's replaces it."""
    usual = RopeConfig(scaling="yarn", factor=factor).magnitude
    return usual * setting.number("rope.scaling.yarn_attn_factor", setting.get("rope.scaling.attn_factor", 1.0))


def _frequency_factors(file: GgufFile, n_pairs: int) -> tuple[float, ...] | None:
    """Llama 3's RoPE scaling, which its files spell out as a divisor for each pair, ``[D/2]``."""
    if (info := file.tensors.get(ROPE_FACTORS)) is None:
        return None
    if info.shape != (n_pairs,):
        raise GgufError(f"{ROPE_FACTORS} is {list(info.shape)}; a head has {n_pairs} pairs to turn.")
    return tuple(dequantise(info.kind, file.raw(ROPE_FACTORS), info.shape).tolist())
