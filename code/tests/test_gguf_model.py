"""A model written as GGUF and read back computes what it computed before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf_writer
import numpy as np
import pytest
from gguf_models import TINY, pairs_together, settings_of, tensors_of, write_model

from kvlab import ModelConfig, RopeConfig, Transformer, random_weights
from kvlab.io.assemble import assemble
from kvlab.io.gguf import open_gguf
from kvlab.io.gguf_config import gguf_config
from kvlab.io.gguf_source import GgufSource, gguf_name
from kvlab.io.load import load_model

IDS = [3, 1, 4, 1, 5, 9, 2, 6]
VARIANTS = {
    "gqa": TINY,
    "mha-tied": TINY.with_(n_kv_heads=4, tied_head=True),
    "mqa": TINY.with_(n_kv_heads=1),
    "head-dim": TINY.with_(head_dim=16),
    "llama-biases": TINY.with_(qkv_bias=True, output_bias=True, mlp_bias=True),
    "qwen2": TINY.with_(architecture="qwen2", qkv_bias=True, norm_eps=1e-6),
    "qwen3": TINY.with_(architecture="qwen3", qk_norm=True, head_dim=16, rope=RopeConfig(theta=1e6)),
}  # fmt: skip


def as_read(config: ModelConfig, **rope: Any) -> ModelConfig:
    """The config with what GGUF always states: the original context is the context unless given."""
    changed = {"theta": config.rope.theta, "original_max_positions": config.max_positions} | rope
    return config.with_(rope=RopeConfig(**changed))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_config_weights_and_logits(tmp_path: Path, variant: str) -> None:
    config = VARIANTS[variant]
    weights = random_weights(config)
    model = load_model(write_model(tmp_path / "m.gguf", config, weights), tokenizer=False)
    assert model.config == as_read(config)
    for (name, given), (_, found) in zip(weights.named(), model.weights.named(), strict=True):
        np.testing.assert_array_equal(found, given, err_msg=name)
        assert found.strides == given.strides, name  # laid out as the model reads it
    expected = Transformer(config, weights).forward(IDS)
    np.testing.assert_array_equal(model.forward(IDS), expected)


def test_pairs_are_put_back_where_the_original_checkpoint_had_them(tmp_path: Path) -> None:
    """Row r of head h holds 100 h + r, so that every row says where it belongs."""
    rows = np.array([100 * h + r for h in range(4) for r in range(8)], dtype=np.float32)
    tensors = tensors_of(TINY, random_weights(TINY))
    tensors["blk.0.attn_q.weight"] = pairs_together(np.repeat(rows[:, None], 32, axis=1), 8)
    assert tensors["blk.0.attn_q.weight"][:4, 0].tolist() == [0, 4, 1, 5]
    path = gguf_writer.write(
        tmp_path / "m.gguf", settings_of(TINY), [gguf_writer.f32(n, a) for n, a in tensors.items()]
    )
    file = open_gguf(path)
    found = np.empty((32, 32), np.float32)
    GgufSource(file, gguf_config(file)).read_into("model.layers.0.self_attn.q_proj.weight", found)
    np.testing.assert_array_equal(found, np.repeat(rows[:, None], 32, axis=1))


@pytest.mark.parametrize(
    ("stated", "rope"),
    [
        ({"rope.scaling.type": "linear", "rope.scaling.factor": 4.0}, {"scaling": "linear", "factor": 4.0}),
        ({"rope.scaling.factor": 4.0}, {"scaling": "linear", "factor": 4.0}),
        ({"rope.scale_linear": 4.0}, {"scaling": "linear", "factor": 4.0}),
        ({"rope.scaling.type": "none", "rope.scaling.factor": 4.0}, {"factor": 4.0}),
        (
            {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 512},
            {"scaling": "yarn", "factor": 4.0, "original_max_positions": 512, "attention_factor": 0.1 * np.log(4) + 1},
        ),
        (
            {"rope.scaling.type": "yarn", "rope.scaling.factor": 2.0, "rope.scaling.yarn_attn_factor": 0.5,
             "rope.scaling.yarn_beta_fast": 16.0, "rope.scaling.yarn_beta_slow": 2.0},
            {"scaling": "yarn", "factor": 2.0, "attention_factor": 0.5 * (0.1 * np.log(2) + 1), "beta_fast": 16.0,
             "beta_slow": 2.0},
        ),
    ],
)  # fmt: skip
def test_rope_scaling(tmp_path: Path, stated: dict[str, Any], rope: dict[str, Any]) -> None:
    path = write_model(tmp_path / "m.gguf", settings={f"llama.{name}": value for name, value in stated.items()})
    assert gguf_config(open_gguf(path)).rope == as_read(TINY, **rope).rope


def test_llama3_scaling_spelled_out_as_factors_is_llama3_scaling(tmp_path: Path) -> None:
    """Converters store what Llama 3's rule divides each pair's frequency by, as float32."""
    ruled = RopeConfig(theta=500000.0, scaling="llama3", factor=8.0, original_max_positions=64)
    plain = RopeConfig(theta=500000.0)
    config = TINY.with_(rope=ruled, head_dim=16)
    factors = plain.frequencies(16) / ruled.frequencies(16)
    assert factors[0] == 1
    assert factors[-1] == 8
    path = write_model(tmp_path / "m.gguf", config, extra={"rope_freqs.weight": factors})
    model = load_model(path, tokenizer=False)
    np.testing.assert_allclose(model.config.rope.frequencies(16), ruled.frequencies(16), rtol=1e-7)
    expected = Transformer(config, random_weights(config)).forward(IDS)
    # factors rounded to float32 turn position 7 by at most 7 * 2**-24 radians more or less
    np.testing.assert_allclose(model.forward(IDS), expected, atol=1e-5)
    assert np.abs(Transformer(config.with_(rope=plain), random_weights(config)).forward(IDS) - expected).max() > 1e-3


def test_a_window_for_all_layers(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", settings={"llama.attention.sliding_window": 4})
    assert gguf_config(open_gguf(path)).windows == (4, 4)


def test_head_size_and_kv_heads_where_the_file_is_silent(tmp_path: Path) -> None:
    config = TINY.with_(n_kv_heads=4)
    metadata = {k: v for k, v in settings_of(config).items() if "_length" not in k or "embedding" in k or "feed" in k}
    del metadata["llama.attention.head_count_kv"]
    tensors = [gguf_writer.f32(name, array) for name, array in tensors_of(config, random_weights(config)).items()]
    found = gguf_config(open_gguf(gguf_writer.write(tmp_path / "m.gguf", metadata, tensors)))
    assert (found.head_dim, found.n_kv_heads, found.max_positions) == (8, 4, 2048)


def test_quantised_weights_are_the_numbers_of_the_file(tmp_path: Path) -> None:
    """Q8_0 with scale 1/2: every weight is half a small integer, so the expected weights are exact."""
    rng = np.random.default_rng(1)
    arrays, tensors = {}, []
    for name, array in tensors_of(TINY, random_weights(TINY)).items():
        if array.ndim == 1:
            arrays[name] = array
            tensors.append(gguf_writer.f32(name, array))
            continue
        integers = rng.integers(-127, 128, (*array.shape[:-1], array.shape[-1] // 32, 32), dtype=np.int8)
        halves = np.full((*integers.shape[:-1], 1), 0.5, dtype="<f2")
        raw = np.concatenate([halves.view(np.int8), integers], axis=-1).tobytes()
        arrays[name] = integers.reshape(array.shape).astype(np.float32) / 2
        tensors.append((name, gguf_writer.Q8_0, array.shape, raw))
    quantised = gguf_writer.write(tmp_path / "q.gguf", settings_of(TINY), tensors)
    plain = gguf_writer.write(
        tmp_path / "f.gguf", settings_of(TINY), [gguf_writer.f32(name, array) for name, array in arrays.items()]
    )
    found, expected = (load_model(path, tokenizer=False).weights for path in (quantised, plain))
    for (name, a), (_, b) in zip(found.named(), expected.named(), strict=True):
        np.testing.assert_array_equal(a, b, err_msg=name)


def test_names() -> None:
    assert gguf_name("model.layers.12.self_attn.k_proj.bias") == "blk.12.attn_k.bias"
    assert gguf_name("lm_head.weight") == "output.weight"


def test_the_file_may_be_replaced_while_it_is_open(tmp_path: Path) -> None:
    """Downloads rename a new file over the old one; who has the old one open keeps reading the old one."""
    path = write_model(tmp_path / "m.gguf")
    file = open_gguf(path)
    write_model(tmp_path / "n.gguf", weights=random_weights(TINY, seed=1)).replace(path)
    config = gguf_config(file)
    np.testing.assert_array_equal(assemble(config, GgufSource(file, config)).embedding, random_weights(TINY).embedding)
