"""The Hugging Face layout: what config.json may say, what a checkpoint may look like, and how either is refused."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kvlab.io.assemble import UnsupportedModelError, assemble, expected_tensors
from kvlab.io.huggingface import read_config
from kvlab.io.safetensors import SafetensorsSource
from kvlab.model.config import ModelConfig
from kvlab.model.rope import RopeConfig

Json = dict[str, Any]
LLAMA: Json = {
    "model_type": "llama", "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1,
    "intermediate_size": 12, "num_hidden_layers": 2, "vocab_size": 11, "max_position_embeddings": 64,
}  # fmt: skip
YARN: Json = {"factor": 4.0, "original_max_position_embeddings": 16}
LLAMA3: Json = {
    "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32
}  # fmt: skip


def config_of(folder: Path, values: object = None, **changes: Any) -> ModelConfig:
    """The config read from LLAMA with some keys changed; a key set to ... is left out."""
    text = {key: value for key, value in (LLAMA | changes).items() if value is not ...} if values is None else values
    (folder / "config.json").write_text(json.dumps(text), encoding="utf-8")
    return read_config(folder)


# ---- config.json: what is read -----------------------------------------------------------------------------


def test_a_plain_config(tmp_path: Path) -> None:
    assert config_of(tmp_path, rms_norm_eps=1e-5, rope_theta=500000.0) == ModelConfig(
        n_layers=2, embed_dim=8, n_heads=2, n_kv_heads=1, head_dim=4, mlp_dim=12, vocab_size=11, norm_eps=1e-5,
        rope=RopeConfig(theta=500000.0), max_positions=64, architecture="llama",
    )  # fmt: skip


SPELLINGS: dict[str, tuple[Json, Json]] = {
    "no scaling": ({"rope_theta": 5e5, "rope_scaling": None}, {"rope_parameters": {"rope_theta": 5e5}}),
    "base of the architecture": ({}, {"rope_parameters": {"rope_type": "default"}}),
    "a whole number for a base": ({"rope_theta": 1000000}, {"rope_parameters": {"rope_theta": 1e6}}),
    "linear, by its older key": (
        {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2}},
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 5e5, "factor": 2.0}},
    ),
    "both keys of the kind": (
        {"rope_scaling": {"type": "linear", "rope_type": "linear", "factor": 2.0}},
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}},
    ),
    "llama3": (
        {"rope_theta": 5e5, "rope_scaling": {"rope_type": "llama3", **LLAMA3}},
        {"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5, **LLAMA3}},
    ),
    "yarn": (
        {"rope_theta": 1e6, "rope_scaling": {"type": "yarn", **YARN}},
        {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1e6, **YARN}},
    ),
    "yarn, its defaults spelled out": (
        {"rope_scaling": {"type": "yarn", **YARN}},
        {"rope_parameters": {"rope_type": "yarn", **YARN, "beta_fast": 32, "beta_slow": 1, "truncate": True,
                             "attention_factor": None}},
    ),
    "yarn, original context beside it": (
        {"rope_scaling": {"type": "yarn", "factor": 4.0}, "original_max_position_embeddings": 16},
        {"rope_parameters": {"rope_type": "yarn", **YARN}},
    ),
    "yarn, original context null and beside it": (
        {"rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": None},
         "original_max_position_embeddings": 16},
        {"rope_parameters": {"rope_type": "yarn", **YARN}},
    ),
    "yarn, factor from the two contexts": (
        {"rope_scaling": {"type": "yarn", "factor": None, "original_max_position_embeddings": 16}},
        {"rope_parameters": {"rope_type": "yarn", **YARN}},
    ),
    "the same in both places": (
        {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0}},
        {"rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2.0},
         "rope_parameters": {"rope_type": "linear", "rope_theta": 5e5, "factor": 2.0}},
    ),
    "for one kind of layer": (
        {"rope_theta": 5e5},
        {"rope_parameters": {"full_attention": {"rope_type": "default", "rope_theta": 5e5}}},
    ),
    "for two kinds of layer, alike": (
        {"rope_theta": 5e5, "rope_scaling": {"type": "yarn", **YARN}},
        {"rope_theta": 5e5, "rope_parameters": {
            "full_attention": {"rope_type": "yarn", "rope_theta": 5e5, **YARN},
            "sliding_attention": {"rope_type": "yarn", **YARN}}},
    ),
    "torch_dtype and dtype": ({"torch_dtype": "bfloat16"}, {"dtype": "float16"}),
    "silu and swish": ({"hidden_act": "silu"}, {"hidden_act": "swish"}),
}  # fmt: skip


@pytest.mark.parametrize("name", SPELLINGS)
def test_both_spellings_mean_the_same(name: str, tmp_path: Path) -> None:
    older, newer = SPELLINGS[name]
    assert config_of(tmp_path, **older) == config_of(tmp_path, **newer)


# What a config without the key means, in the configuration classes of transformers 4 and 5 alike.
ABSENT: dict[str, Json] = {
    "llama": {"vocab_size": 32000, "mlp_dim": 11008, "n_kv_heads": 32, "max_positions": 2048, "head_dim": 128},
    "mistral": {"vocab_size": 32000, "mlp_dim": 14336, "n_kv_heads": 8, "max_positions": 131072,
                "windows": (4096,) * 32},
    "ministral": {"n_kv_heads": 8, "windows": (4096,) * 32},
    "qwen2": {"vocab_size": 151936, "mlp_dim": 22016, "n_kv_heads": 32, "max_positions": 32768, "qkv_bias": True,
              "output_bias": False, "windows": ()},
    "qwen3": {"vocab_size": 151936, "head_dim": 128, "qk_norm": True, "qkv_bias": False, "windows": ()},
}  # fmt: skip


@pytest.mark.parametrize("model_type", ABSENT)
def test_absent_keys_take_the_architectures_defaults(model_type: str, tmp_path: Path) -> None:
    config = config_of(tmp_path, {"model_type": model_type})
    common = {"n_layers": 32, "embed_dim": 4096, "n_heads": 32, "norm_eps": 1e-6, "tied_head": False}
    for name, value in (common | ABSENT[model_type]).items():
        assert getattr(config, name) == value, name
    assert config.rope == RopeConfig(theta=10000.0)


@pytest.mark.parametrize("model_type", ABSENT)
def test_null_means_as_many_kv_heads_as_query_heads(model_type: str, tmp_path: Path) -> None:
    config = config_of(tmp_path, model_type=model_type, num_key_value_heads=None)
    assert config.n_kv_heads == config.n_heads == 2


@pytest.mark.parametrize(("model_type", "head_dim"), [("llama", 4), ("mistral", 4), ("qwen2", 4), ("qwen3", 128)])
@pytest.mark.parametrize("given", [{}, {"head_dim": None}])
def test_a_head_dim_that_is_not_stated(given: Json, model_type: str, head_dim: int, tmp_path: Path) -> None:
    assert config_of(tmp_path, model_type=model_type, **given).head_dim == head_dim
    assert config_of(tmp_path, model_type=model_type, head_dim=6).head_dim == 6


WINDOWS: list[tuple[Json, tuple[int | None, ...]]] = [
    ({"model_type": "mistral", "sliding_window": 3}, (3, 3)),
    ({"model_type": "mistral", "sliding_window": None}, ()),
    ({"model_type": "mistral"}, (4096, 4096)),
    ({"model_type": "mistral", "sliding_window": 3, "layer_types": ["sliding_attention"] * 2}, (3, 3)),
    ({"model_type": "ministral", "sliding_window": 3, "layer_types": ["sliding_attention", "full_attention"]},
     (3, None)),
    ({"model_type": "qwen2", "sliding_window": 3}, ()),
    ({"model_type": "qwen2", "sliding_window": 3, "use_sliding_window": False, "max_window_layers": 0}, ()),
    ({"model_type": "qwen2", "sliding_window": 3, "use_sliding_window": True}, ()),  # 28 layers come first
    ({"model_type": "qwen2", "sliding_window": 3, "use_sliding_window": True, "max_window_layers": 1}, (None, 3)),
    ({"model_type": "qwen3", "sliding_window": 3, "use_sliding_window": True, "max_window_layers": 0}, (3, 3)),
    ({"model_type": "qwen3", "use_sliding_window": True, "max_window_layers": 0}, (4096, 4096)),
    ({"model_type": "qwen2", "sliding_window": None, "use_sliding_window": True, "max_window_layers": 0}, ()),
    ({"model_type": "qwen2", "sliding_window": 3, "use_sliding_window": True, "max_window_layers": 0,
      "layer_types": ["full_attention", "sliding_attention"]}, (None, 3)),
    ({"model_type": "llama", "sliding_window": None, "layer_types": ["full_attention"] * 2}, ()),
    ({"model_type": "llama", "sliding_window": 4096, "use_sliding_window": False}, ()),
]  # fmt: skip


@pytest.mark.parametrize(("given", "windows"), WINDOWS)
def test_windows(given: Json, windows: tuple[int | None, ...], tmp_path: Path) -> None:
    assert config_of(tmp_path, **given).windows == windows


def test_biases_follow_the_architecture_and_then_the_flags(tmp_path: Path) -> None:
    def biases(**given: Any) -> tuple[bool, bool, bool]:
        config = config_of(tmp_path, **given)
        return config.qkv_bias, config.output_bias, config.mlp_bias

    assert biases(attention_bias=True) == (True, True, False)
    assert biases(mlp_bias=True) == (False, False, True)
    assert biases(model_type="mistral", attention_bias=True, mlp_bias=True) == (False, False, False)
    assert biases(model_type="qwen2", attention_bias=False) == (True, False, False)
    assert biases(model_type="qwen3", attention_bias=True) == (True, True, False)


# ---- config.json: what is refused --------------------------------------------------------------------------

UNSUPPORTED: list[tuple[Json, str]] = [
    *(({"model_type": name}, f"model_type '{name}' is not supported; llama, mistral")
      for name in ("gemma2", "phi3", "mixtral", "deepseek_v3", "smollm3", "gpt_oss", "gpt2")),
    ({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, "RoPE scaling 'dynamic' in rope_scaling"),
    ({"rope_parameters": {"rope_type": "longrope", "short_factor": [1.0]}}, "RoPE scaling 'longrope'"),
    ({"rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 0]}}, "'mrope'"),
    ({"rope_parameters": {"rope_type": "default", "mrope_section": [1, 1, 0]}}, "several axes"),
    ({"rope_parameters": {"rope_type": "default", "partial_rotary_factor": 0.5}}, "only part of each head"),
    ({"rope_parameters": {"full_attention": {"rope_theta": 1e4}, "sliding_attention": {"rope_theta": 1e6}}},
     "rope_parameters.full_attention and rope_parameters.sliding_attention describe different rotations"),
    ({"rope_parameters": {"full_attention": {"rope_theta": 1e4}, "sliding_attention": None}}, "sliding_attention"),
    ({"rope_theta": 1e4, "rope_scaling": {"type": "linear", "factor": 2.0},
      "rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 4.0}},
     "rope_scaling and rope_parameters describe different rotations"),
    ({"partial_rotary_factor": 0.25}, "partial_rotary_factor is 0.25"),
    ({"hidden_act": "gelu"}, "hidden_act is 'gelu', which is not supported; 'silu' or 'swish' is"),
    ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config is .*gptq"),
    ({"attention_sinks": True}, "attention_sinks is True"),
    ({"attn_logit_softcapping": 50.0}, "attn_logit_softcapping is 50.0"),
    ({"is_causal": False}, "is_causal is False"),
    ({"no_rope_layers": [1, 0]}, "no_rope_layers"),
    ({"num_local_experts": 8}, "num_local_experts is 8"),
    ({"sliding_window": 16}, "sliding_window is 16, but the llama architecture has no windows"),
    ({"model_type": "mistral", "sliding_window": 3, "layer_types": ["full_attention", "sliding_attention"]},
     "layer_types contradicts sliding_window"),
    ({"model_type": "qwen2", "layer_types": ["chunked_attention", "full_attention"]}, "'chunked_attention'"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "says"), UNSUPPORTED)
def test_what_is_not_computed_is_refused_by_name(given: Json, says: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=says):
        config_of(tmp_path, **given)


WRONG: list[tuple[Json, str]] = [
    ({"model_type": ...}, "model_type is missing"),
    ({"model_type": 7}, "model_type is 7; it must be a string"),
    ({"hidden_size": "8"}, "hidden_size is '8'; it must be a whole number"),
    ({"hidden_size": 8.0}, "hidden_size is 8.0"),
    ({"hidden_size": True}, "hidden_size is True"),
    ({"num_hidden_layers": 0}, "n_layers is 0"),
    ({"num_hidden_layers": -3}, "n_layers is -3"),
    ({"num_hidden_layers": 10**12}, "num_hidden_layers is 1000000000000; more than"),
    ({"num_attention_heads": 0}, "hidden_size 8 is no multiple of num_attention_heads 0"),
    ({"num_attention_heads": 3}, "no multiple of num_attention_heads 3: state head_dim"),
    ({"num_attention_heads": 2, "num_key_value_heads": 3}, "multiple of n_kv_heads"),
    ({"head_dim": 3}, "head_dim is 3"),
    ({"rms_norm_eps": "1e-6"}, "rms_norm_eps is '1e-6'; it must be a number"),
    ({"rms_norm_eps": math.nan}, "rms_norm_eps is nan; it must be finite"),
    ({"rope_theta": 0}, "theta"),
    ({"tie_word_embeddings": "yes"}, "tie_word_embeddings is 'yes'; it must be true or false"),
    ({"attention_bias": 1}, "attention_bias is 1; it must be true or false"),
    ({"rms_norm_eps": -1}, "norm_eps is -1"),
    ({"rope_theta": 1, "rope_scaling": {"type": "yarn", **YARN}}, "rope_theta is 1.0; yarn needs more than 1"),
    ({"rope_scaling": {"type": "yarn", **YARN, "factor": 0}}, "must be positive"),
    ({"max_position_embeddings": -1, "rope_scaling": {"type": "yarn"}}, "is -1; it must be at least 1"),
    ({"rope_scaling": "linear"}, "rope_scaling is 'linear'; it must be an object"),
    ({"rope_scaling": {"type": "linear"}}, "factor in rope_scaling is missing"),
    ({"rope_scaling": {"type": "linear", "factor": "2"}}, "factor in rope_scaling is '2'"),
    ({"rope_scaling": {"type": "linear", "rope_type": "yarn", "factor": 2.0}}, "rope_type 'yarn' and type 'linear'"),
    ({"rope_scaling": {"type": "llama3", "factor": 8.0}}, "low_freq_factor in rope_scaling is missing"),
    ({"rope_scaling": {"type": "llama3", **LLAMA3, "high_freq_factor": 1.0}}, "must exceed low_freq_factor"),
    ({"rope_scaling": {"type": "yarn", **YARN}, "original_max_position_embeddings": 8}, "is 16 in rope_scaling and 8"),
    ({"model_type": "mistral", "sliding_window": 0}, "window"),
    ({"model_type": "mistral", "sliding_window": "4"}, "sliding_window is '4'"),
    ({"model_type": "qwen2", "layer_types": ["full_attention"]}, "layer_types has 1 entries for 2 layers"),
    ({"model_type": "qwen2", "layer_types": [1, 2]}, "layer_types is"),
    ({"model_type": "qwen2", "layer_types": ["sliding_attention"] * 2}, "no sliding_window is in force"),
]


@pytest.mark.parametrize(("given", "says"), WRONG)
def test_wrong_values_are_refused_in_a_sentence(given: Json, says: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=says) as refusal:
        config_of(tmp_path, **given)
    assert str(tmp_path / "config.json") in str(refusal.value)
    assert not isinstance(refusal.value, UnsupportedModelError)


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe{}", b"[" * 100_000, b"{'model_type': 'llama'}"])
def test_a_config_that_is_no_json(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(text)
    with pytest.raises(ValueError, match=r"config.json is not valid JSON"):
        read_config(tmp_path)


def test_a_config_that_is_no_object(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds a JSON list; an object in braces was expected"):
        config_of(tmp_path, [LLAMA])


def test_no_config(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="which is empty"):
        read_config(tmp_path)
    (tmp_path / "params.json").touch()
    with pytest.raises(FileNotFoundError, match=r"no config.json in .*, which holds params.json"):
        read_config(tmp_path)
    with pytest.raises(FileNotFoundError, match="which is not a folder"):
        read_config(tmp_path / "elsewhere")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "factor", "x"]), inner),
    max_leaves=4,
)
KEYS = sorted({*LLAMA, "rope_theta", "rope_scaling", "rope_parameters", "head_dim", "sliding_window", "layer_types",
               "use_sliding_window", "max_window_layers", "tie_word_embeddings", "attention_bias", "hidden_act",
               "quantization_config", "rms_norm_eps", "original_max_position_embeddings"})  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(ABSENT)), st.dictionaries(st.sampled_from(KEYS), json_values, max_size=3))
def test_any_json_gives_a_config_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, model_type: str, changes: Json
) -> None:
    folder = tmp_path_factory.getbasetemp()
    try:
        config = config_of(folder, **({"model_type": model_type} | changes))
    except ValueError as refusal:
        sentence = str(refusal)
    else:
        config.rope.frequencies(min(config.head_dim, 1000))
        return
    assert sentence.startswith(str(folder / "config.json"))


# ---- checkpoints: what is read -----------------------------------------------------------------------------

STORED = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}


def stored(array: np.ndarray[Any, Any], dtype: str) -> bytes:
    """The bytes of an array in one of the format's types; bfloat16 by cutting off half of a float32."""
    if dtype == "BF16":
        return (array.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return array.astype(STORED.get(dtype, "<i1")).tobytes()


def write(path: Path, tensors: Mapping[str, np.ndarray[Any, Any]], dtype: str = "F32") -> None:
    """A safetensors file, written from the format's description."""
    table, data = {"__metadata__": {"format": "pt"}}, b""
    for name, array in tensors.items():
        raw = stored(array, dtype)
        table[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    write_raw(path, table, data)


def write_raw(path: Path, table: object, data: bytes = b"") -> None:
    header = json.dumps(table).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)


def tensors_for(config: ModelConfig) -> dict[str, np.ndarray[Any, Any]]:
    """Random tensors that every type above can hold exactly: multiples of 1/8 up to 4."""
    rng = np.random.default_rng(0)
    return {name: rng.integers(-32, 33, shape) / 8 for name, shape in expected_tensors(config).items()}


CONFIG = ModelConfig(n_layers=2, embed_dim=8, n_heads=2, n_kv_heads=1, head_dim=4, mlp_dim=12, vocab_size=11)


@pytest.mark.parametrize("dtype", STORED)
def test_every_type_is_read_exactly(dtype: str, tmp_path: Path) -> None:
    tensors = tensors_for(CONFIG)
    write(tmp_path / "model.safetensors", tensors, dtype)
    source = SafetensorsSource(tmp_path)
    for name, array in tensors.items():
        found = source.read(name)
        assert found.dtype == np.float32 and source.shape(name) == found.shape
        np.testing.assert_array_equal(found, array)
        assert found.flags.owndata or found.base.flags.owndata  # its own memory, not the file's
    assemble(CONFIG, source)


def test_bfloat16_is_widened_bit_by_bit(tmp_path: Path) -> None:
    """All 65,536 of them, signed zeros, subnormals, infinities and NaNs included."""
    patterns = np.arange(65536, dtype="<u2")
    entry = {"dtype": "BF16", "shape": [256, 256], "data_offsets": [0, 131072]}
    write_raw(tmp_path / "model.safetensors", {"every": entry}, patterns.tobytes())
    found = SafetensorsSource(tmp_path).read("every").ravel()
    np.testing.assert_array_equal(found.view(np.uint32), patterns.astype(np.uint32) << 16)


def test_the_formats_own_library_writes_what_is_read(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    tensors = {name: array.astype(np.float16) for name, array in tensors_for(CONFIG).items()}
    library.save_file(tensors, tmp_path / "model.safetensors")
    source = SafetensorsSource(tmp_path)
    for name, array in tensors.items():
        np.testing.assert_array_equal(source.read(name), array)


def shards(folder: Path, tensors: Mapping[str, np.ndarray[Any, Any]]) -> dict[str, str]:
    """The tensors in three files with an index; returns the index's map."""
    files = {name: f"model-{i % 3 + 1:05}-of-00003.safetensors" for i, name in enumerate(tensors)}
    for file in set(files.values()):
        write(folder / file, {name: array for name, array in tensors.items() if files[name] == file})
    write_index(folder, files)
    return files


def write_index(folder: Path, files: object) -> None:
    text = json.dumps({"metadata": {"total_size": 1}, "weight_map": files})
    (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")


def test_shards_hold_the_same_as_one_file(tmp_path: Path) -> None:
    tensors = tensors_for(CONFIG)
    shards(tmp_path, tensors)
    source = SafetensorsSource(tmp_path)
    for name, array in tensors.items():
        np.testing.assert_array_equal(source.read(name), array)


def test_names_without_their_prefix_are_found(tmp_path: Path) -> None:
    tied = CONFIG.with_(tied_head=True)
    tensors = tensors_for(tied)
    write(tmp_path / "model.safetensors", {name.removeprefix("model."): a for name, a in tensors.items()})
    weights = assemble(tied, SafetensorsSource(tmp_path))
    np.testing.assert_array_equal(weights.embedding, tensors["model.embed_tokens.weight"])
    np.testing.assert_array_equal(weights.layers[1].down, tensors["model.layers.1.mlp.down_proj.weight"].T)


def test_a_head_that_is_tied_is_not_read(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", tensors_for(CONFIG))  # lm_head.weight is there
    assert assemble(CONFIG.with_(tied_head=True), SafetensorsSource(tmp_path)).head is None


def test_buffers_that_old_files_carry_do_no_harm(tmp_path: Path) -> None:
    extra = {"model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(2)}
    write(tmp_path / "model.safetensors", tensors_for(CONFIG) | extra)
    assemble(CONFIG, SafetensorsSource(tmp_path))


# ---- checkpoints: what is refused --------------------------------------------------------------------------


def refuse(folder: Path, says: str, kind: type[Exception] = ValueError, config: ModelConfig = CONFIG) -> None:
    """Opening and assembling raises a sentence, and takes next to no memory for it."""
    tracemalloc.start()
    try:
        with pytest.raises(kind, match=says):
            assemble(config, SafetensorsSource(folder))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("dtype", ["F8_E4M3", "I8", "U8", "I64", "F4", "BOOL"])
def test_a_type_that_is_not_read_is_named(dtype: str, tmp_path: Path) -> None:
    """Only the last tensor has it, yet nothing before it has been read."""
    tensors = tensors_for(CONFIG)
    last = list(tensors)[-1]
    write(tmp_path / "b.safetensors", {last: tensors.pop(last)}, dtype)
    write(tmp_path / "a.safetensors", tensors)
    write_index(tmp_path, dict.fromkeys(tensors, "a.safetensors") | {last: "b.safetensors"})
    refuse(tmp_path, f"{last} in .*b.safetensors is stored as {dtype}; F64, F32, F16, BF16", UnsupportedModelError)


def test_a_type_that_is_not_read_does_no_harm_where_it_is_not_needed(tmp_path: Path) -> None:
    shards(tmp_path, tensors_for(CONFIG))
    write(tmp_path / "steps.safetensors", {"steps": np.ones(3)}, "I8")
    index = json.loads((tmp_path / "model.safetensors.index.json").read_text(encoding="utf-8"))["weight_map"]
    write_index(tmp_path, index | {"steps": "steps.safetensors"})
    assemble(CONFIG, SafetensorsSource(tmp_path))


def big(config: ModelConfig) -> ModelConfig:
    """A terabyte of embedding."""
    return config.with_(vocab_size=2**36)


def test_a_terabyte_that_is_not_there(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [2**36, 8], "data_offsets": [0, 2**41]}
    write_raw(tmp_path / "model.safetensors", {"model.embed_tokens.weight": entry}, b"\0" * 64)
    refuse(tmp_path, "cut short: model.embed_tokens.weight should end at byte 2199", config=big(CONFIG))


def test_a_config_that_asks_for_a_terabyte(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", tensors_for(CONFIG))
    says = r"model.embed_tokens.weight is \[11, 8\] in the checkpoint; its config makes it \[68719476736, 8\]"
    refuse(tmp_path, says, config=big(CONFIG))


@pytest.mark.parametrize("name", ["model.norm.weight", "lm_head.weight", "model.layers.1.mlp.up_proj.weight"])
def test_a_tensor_that_is_missing(name: str, tmp_path: Path) -> None:
    tensors = tensors_for(CONFIG)
    del tensors[name]
    write(tmp_path / "model.safetensors", tensors)
    refuse(tmp_path, f"no tensor {name}, which its config asks for")


def test_a_head_that_is_missing_may_be_a_tied_one(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", tensors_for(CONFIG.with_(tied_head=True)))
    refuse(tmp_path, "lm_head.weight.*tied")


@pytest.mark.parametrize(
    "name",
    [
        "model.layers.1.self_attn.q_proj.bias",
        "layers.0.self_attn.k_norm.weight",
        "model.layers.0.mlp.up_proj.bias",
        "model.layers.2.input_layernorm.weight",
    ],
)
def test_a_tensor_that_the_config_has_no_place_for(name: str, tmp_path: Path) -> None:
    """Dropping it would compute another model than the one that was trained."""
    write(tmp_path / "model.safetensors", tensors_for(CONFIG) | {name: np.ones(8)})
    refuse(tmp_path, f"{name}, which its config gives no place")


@pytest.mark.parametrize("end", [0, 7, 8, 100, -1000, -1])
def test_a_file_that_is_cut_short(end: int, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    write(path, tensors_for(CONFIG))
    path.write_bytes(path.read_bytes()[:end])
    refuse(tmp_path, "model.safetensors is cut short")


DAMAGED: dict[str, object] = {
    "no object": [1, 2],
    "no entry": {"w": 3},
    "no shape": {"w": {"dtype": "F32", "data_offsets": [0, 16]}},
    "a shape of text": {"w": {"dtype": "F32", "shape": "22", "data_offsets": [0, 16]}},
    "a negative size": {"w": {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]}},
    "a fraction": {"w": {"dtype": "F32", "shape": [2.0, 2], "data_offsets": [0, 16]}},
    "offsets turned round": {"w": {"dtype": "F32", "shape": [0], "data_offsets": [16, 0]}},
    "three offsets": {"w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 8, 16]}},
    "fewer bytes than the shape": {"w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 8]}},
    "a shape that overflows": {"w": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}},
    "a type of number": {"w": {"dtype": 4, "shape": [2, 2], "data_offsets": [0, 16]}},
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_table_that_makes_no_sense(name: str, tmp_path: Path) -> None:
    write_raw(tmp_path / "model.safetensors", DAMAGED[name], b"\0" * 16)
    refuse(tmp_path, "model.safetensors .*(download it again|Download it again)")


def test_a_table_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes((3).to_bytes(8, "little") + b"\xff{]" + b"\0" * 100)
    refuse(tmp_path, "damaged table of contents")


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=120), st.integers(0, 60))
def test_any_bytes_give_a_sentence(tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int) -> None:
    folder = tmp_path_factory.getbasetemp()
    write(folder / "model.safetensors", {"w": np.ones((2, 2))})
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    try:
        source = SafetensorsSource(folder)
        whole_or_none = source.shape("w") is None or source.read("w").shape == source.shape("w")
    except ValueError as refusal:
        sentence = str(refusal)
    else:
        assert whole_or_none
        return
    assert "model.safetensors" in sentence


@pytest.mark.parametrize("file", ["../x.safetensors", "/x.safetensors", "a/x.safetensors", r"..\x.safetensors",
                                  r"C:x.safetensors", "config.json", "", 7, None])  # fmt: skip
def test_an_index_that_leads_out_of_the_folder(file: object, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    write(tmp_path / "x.safetensors", {"w": np.ones(2)})
    write_index(folder, {"w": file})
    refuse(folder, "only .safetensors files in the same folder are followed")


def test_a_shard_that_is_missing(tmp_path: Path) -> None:
    shards(tmp_path, tensors_for(CONFIG))
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    refuse(tmp_path, "there is no model-00002-of-00003.safetensors in", FileNotFoundError)


def test_an_index_of_other_files(tmp_path: Path) -> None:
    files = shards(tmp_path, tensors_for(CONFIG))
    write_index(tmp_path, files | {"model.norm.weight": "model-00001-of-00003.safetensors"})
    refuse(tmp_path, "model.norm.weight is in model-00001-of-00003.safetensors, which does not hold it")


@pytest.mark.parametrize("text", ["{}", '{"weight_map": null}', '{"weight_map": []}', "[]", "{"])
def test_an_index_that_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(text, encoding="utf-8")
    refuse(tmp_path, "weight_map|JSON")


def test_a_folder_without_safetensors(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").touch()
    refuse(tmp_path, r"there is no model.safetensors in .* pytorch_model.bin is not read", FileNotFoundError)


def test_reading_a_tensor_that_is_not_there(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", {"w": np.ones(2)})
    source = SafetensorsSource(tmp_path)
    assert source.shape("v") is None
    with pytest.raises(KeyError, match="no tensor v"):
        source.read("v")


def test_what_goes_wrong_while_reading_is_raised(tmp_path: Path) -> None:
    write(tmp_path / "model.safetensors", tensors_for(CONFIG))
    source = SafetensorsSource(tmp_path)
    (tmp_path / "model.safetensors").unlink()  # after its table was read
    with pytest.raises(FileNotFoundError):
        assemble(CONFIG, source)


@pytest.mark.parametrize("dtype", ["F32", "BF16"])
def test_loading_holds_no_tensor_beside_the_arrays(dtype: str, tmp_path: Path) -> None:
    config = CONFIG.with_(embed_dim=64, mlp_dim=512, vocab_size=50_000)
    tensors = tensors_for(config)
    write(tmp_path / "model.safetensors", tensors, dtype)
    source = SafetensorsSource(tmp_path)
    tracemalloc.start()
    try:
        weights = assemble(config, source)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    piece = 4 * 2**16  # bytes that are read at a time; as float32 beside bfloat16 half as much again, in two threads
    assert held < weights.nbytes + 50_000
    assert peak < weights.nbytes + 2 * 1.5 * piece + 100_000 < weights.nbytes + weights.embedding.nbytes / 4
    np.testing.assert_array_equal(weights.embedding, tensors["model.embed_tokens.weight"])  # put together of pieces
