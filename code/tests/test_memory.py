"""The memory calculator: one formula a layer, presets, any config.json, and figures that others published."""

import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvlab import KVCache, ModelConfig
from kvlab.measure.budget import widths_of
from kvlab.measure.config_layers import layers_of
from kvlab.measure.layers import Layers, Serving, attention, latent, state
from kvlab.measure.memory import CacheModel, kv_cache_bytes
from kvlab.measure.presets import from_config, preset, rows
from kvlab.measure.published import CHECKS, figures
from kvlab.measure.storage import key_and_value, storage
from kvlab.measure.units import binary, decimal, parse_bytes, parse_count

GROUPED = CacheModel([attention(3, n_kv_heads=2, head_dim=10)])
MIXED = CacheModel([attention(2, 4, 8), attention(4, 4, 8, window=16), latent(3, 24, 8), state(5, 100)])


def serving(**changes):
    if "dtype" in changes:
        keys, values = key_and_value(changes.pop("dtype"))
        changes |= {"keys": keys, "values": values}
    return Serving(**changes)


# ---- the formula -----------------------------------------------------------------------------------


def test_the_formula_is_what_a_cache_allocates():
    cache = KVCache(max_seq_len=33, n_layers=3, n_heads=2, head_dim=10, dtype=np.float16)
    assert GROUPED.sequence_bytes(33) == cache.nbytes()
    config = ModelConfig(n_layers=2, embed_dim=8, n_heads=2, n_kv_heads=1, head_dim=4, mlp_dim=8, vocab_size=9,
                         windows=(None, 5))  # fmt: skip
    same = CacheModel([attention(1, 1, 4), attention(1, 1, 4, window=5)])
    for length in (0, 1, 5, 6, 40):
        assert same.sequence_bytes(length, serving(dtype="fp32")) == kv_cache_bytes(config, length)


def test_each_kind_of_layer_grows_as_it_says():
    full, window, short, fixed = (CacheModel([part]) for part in MIXED.layers)
    assert full.sequence_bytes(100) == 2 * 100 * 2 * 4 * 8 * 2
    assert window.sequence_bytes(100) == window.sequence_bytes(16) == 4 * 16 * 2 * 4 * 8 * 2
    assert short.sequence_bytes(100) == 3 * 100 * (24 + 8) * 2
    assert fixed.sequence_bytes(0) == fixed.sequence_bytes(10**6) == 5 * 100 * 4
    assert CacheModel([Layers(7, "shared")]).sequence_bytes(100) == 0
    assert MIXED.bytes_per_token(beyond=16) == MIXED.bytes_per_token() - 4 * 2 * 4 * 8 * 2
    one_array = CacheModel([Layers(1, "full", 1, 64, 0)])
    assert one_array.bytes_per_token() == 64 * 2
    compressed = CacheModel([Layers(1, "1 row in 4", 1, 64, 0, tokens_per_row=4)])
    assert compressed.sequence_bytes(103) == 25 * 64 * 2


def test_blocks_round_each_sequence_up():
    assert GROUPED.sequence_bytes(17, serving(block=16)) == GROUPED.sequence_bytes(32)
    assert GROUPED.sequence_bytes(16, serving(block=16)) == GROUPED.sequence_bytes(16)


def test_devices_share_heads_copy_what_they_cannot_share_and_refuse_the_rest():
    eight = CacheModel([attention(1, 8, 16)])
    whole = eight.sequence_bytes(10)
    shares = [eight.sequence_bytes(10, serving(tensor_parallel=n)) / whole for n in (1, 2, 8, 16)]
    assert shares == [1, 1 / 2, 1 / 8, 1 / 8]  # 16 devices: each head twice
    with pytest.raises(ValueError, match="8 key/value heads cannot be shared out over 3 devices"):
        eight.sequence_bytes(10, serving(tensor_parallel=3))
    copied = CacheModel([latent(1, 512, 64)])
    assert copied.sequence_bytes(10, serving(tensor_parallel=8)) == copied.sequence_bytes(10)


@given(st.integers(0, 10**6), st.integers(1, 64), st.sampled_from([1, 16]))
def test_the_inverses_are_exact(budget, batch, block):
    how = serving(block=block)
    fixed = batch * MIXED.state_bytes(how)
    if budget < fixed:
        with pytest.raises(ValueError, match="too small"):
            MIXED.max_tokens(budget, how, batch=batch)
        return
    longest = MIXED.max_tokens(budget, how, batch=batch)
    assert batch * MIXED.sequence_bytes(longest, how) <= budget
    assert batch * MIXED.sequence_bytes(longest + 1, how) > budget
    most = MIXED.max_batch(budget, 10, how)
    assert most * MIXED.sequence_bytes(10, how) <= budget < (most + 1) * MIXED.sequence_bytes(10, how)


def test_windows_and_states_alone_fit_any_length():
    assert CacheModel([attention(1, 1, 8, window=4), state(1, 9)]).max_tokens(1000) is None


# ---- number formats and units -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "n", "size"),
    [("fp32", 128, 512), ("bf16", 128, 256), ("fp8", 128, 128), ("int4", 128, 64), ("int4@64", 128, 72),
     ("int4@64", 65, 32.5 + 8), ("fp8@128", 512, 528), ("q8_0", 64, 68), ("q4_0", 64, 36), ("mxfp4", 32, 17),
     ("nvfp4", 32, 18), ("int3@128", 128, 52)],
)  # fmt: skip
def test_scales_are_counted(name, n, size):
    assert storage(name).row_bytes(n) == size


def test_keys_and_values_may_differ():
    keys, values = key_and_value("fp8@128,bf16")
    assert latent(1, 512, 64).row_bytes(Serving(keys, values)) == 656  # what FlashMLA's fp8 rows take
    assert key_and_value("fp8")[0] == key_and_value("fp8")[1]
    assert "no scales" in storage("int4").remark and not storage("int4@64").remark


@pytest.mark.parametrize("name", ["fp7", "", "int", "int4@", "int4@x", "q8_0@32", "fp8,fp8,fp8"])
def test_unknown_number_formats_are_refused(name):
    with pytest.raises(ValueError, match="number format"):
        key_and_value(name)


@pytest.mark.parametrize(
    ("text", "count"), [("4096", 4096), ("128k", 128_000), ("128Ki", 131_072), ("128K", 128_000), ("1.5M", 1_500_000),
                        ("131,072", 131_072), (" 2Mi ", 2**21)]
)  # fmt: skip
def test_counts(text, count):
    assert parse_count(text) == count


@pytest.mark.parametrize(("text", "size"), [("16GB", 16e9), ("16GiB", 2**34), ("16gib", 2**34), ("16gb", 16e9),
                                            ("80 GB", 80e9), ("1.5TiB", 1.5 * 2**40), ("512B", 512)])  # fmt: skip
def test_sizes(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["16", "16G", "16Gb", "16GIB ", "GB", "-1GB", "16 XB", "16Gib"])
def test_sizes_without_a_clear_unit_are_refused(text):
    if text == "16GIB ":
        assert parse_bytes(text) == 2**34
        return
    with pytest.raises(ValueError, match=r"say which bytes|no number"):
        parse_bytes(text)


@pytest.mark.parametrize("text", ["128KB", "x", "", "1.5", "12Zi", "-3", "7B"])
def test_counts_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match="the count is"):
        parse_count(text)


def test_sizes_are_written_with_three_digits():
    assert [binary(n) for n in (0, 1023, 1024, 102400, 1048575, 2**34)] == [
        "0 B", "1,023 B", "1.00 KiB", "100 KiB", "1,024 KiB", "16.0 GiB"]  # fmt: skip
    assert decimal(131072) == "131 KB" and decimal(1.5e13) == "15.0 TB"


# ---- presets ---------------------------------------------------------------------------------------


def test_every_preset_has_a_source_and_a_size():
    assert len(rows()) >= 60
    for name, row in rows().items():
        assert re.search(r"https://|arXiv:\d{4}\.\d{5}", row["source"]), name
        model = preset(name)
        assert model.cache.sequence_bytes(1000) > 0
        assert model.max_positions


PUBLISHED = {  # billions of parameters, as their makers print them
    "gpt2": 0.124, "gpt-3": 175, "opt-66b": 66, "llama-2-7b": 6.74, "llama-65b": 65.2, "llama-3.1-8b": 8.03,
    "llama-3.1-405b": 405, "mistral-7b-v0.1": 7.24, "mixtral-8x7b": 46.7, "qwen2.5-72b": 72.7, "qwen3-30b-a3b": 30.5,
    "qwen3-235b-a22b": 235, "gemma-2-9b": 9.24, "gemma-3-27b": 27, "gpt-oss-120b": 116.8, "gpt-oss-20b": 20.9,
    "falcon-40b": 41.3, "smollm2-135m": 0.1345, "phi-4": 14.7,
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_weights_counted_from_the_shapes_are_the_published_count(name):
    """A wrong head, width or expert would show here."""
    assert preset(name).widths.n_parameters == pytest.approx(PUBLISHED[name] * 1e9, rel=0.007)


def test_experts_that_serve_every_token_are_counted():
    config = LLAMA | {"model_type": "unheard_of", "vocab_size": 10, "intermediate_size": 32, "num_experts": 4}
    counts = [widths_of(c, layers_of(c)).n_parameters for c in (config, config | {"n_shared_experts": 1})]
    assert counts[1] - counts[0] == 4 * 3 * 64 * 32


def test_names_are_forgiving_and_strangers_are_offered_neighbours():
    assert preset("meta-llama/Llama-3.1-8B").name == "llama-3.1-8b"
    assert preset("DeepSeek-R1").name == "deepseek-v3"
    assert preset("meta-llama/Meta-Llama-3.1-8B-Instruct").name == preset("llama3.1:8b").name == "llama-3.1-8b"
    assert (
        preset("Mistral-7B-Instruct-v0.3").name == "mistral-7b-v0.3" and preset("gemma-3-27b-it").name == "gemma-3-27b"
    )
    with pytest.raises(ValueError, match=r"no preset 'lama3\.1-8b'.*llama-3\.1-8b"):
        preset("lama3.1-8b")
    with pytest.raises(ValueError, match=r"no preset 'zzzz'.*--config"):
        preset("zzzz")


# ---- any config.json -------------------------------------------------------------------------------


def kinds(config):
    return [(part.n_layers, part.kind, part.n_heads, part.key_dim, part.value_dim, part.window)
            for part in layers_of(config)]  # fmt: skip


LLAMA = {"model_type": "llama", "num_hidden_layers": 4, "hidden_size": 64, "num_attention_heads": 8}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (LLAMA, [(4, "full", 8, 8, 8, None)]),
        (LLAMA | {"num_key_value_heads": 2, "head_dim": 16}, [(4, "full", 2, 16, 16, None)]),
        (LLAMA | {"head_dim": 16, "v_head_dim": 4}, [(4, "full", 8, 16, 4, None)]),
        (LLAMA | {"sliding_window": 7}, [(4, "full", 8, 8, 8, None)]),  # a key that this family does not heed
        (LLAMA | {"model_type": "mistral", "num_key_value_heads": 2}, [(4, "window", 2, 8, 8, 4096)]),
        (LLAMA | {"model_type": "mistral", "sliding_window": None}, [(4, "full", 8, 8, 8, None)]),
        (LLAMA | {"model_type": "qwen2", "num_key_value_heads": 4}, [(4, "full", 4, 8, 8, None)]),
        (
            LLAMA | {"model_type": "qwen2", "num_key_value_heads": 4, "use_sliding_window": True, "sliding_window": 9,
                     "max_window_layers": 1},
            [(1, "full", 4, 8, 8, None), (3, "window", 4, 8, 8, 9)],
        ),
        ({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "num_hidden_layers": 6, "hidden_size": 9,
                                                  "sliding_window": 5}},
         [(5, "window", 4, 256, 256, 5), (1, "full", 4, 256, 256, None)]),
        ({"model_type": "gpt_oss", "num_hidden_layers": 4},
         [(2, "window", 8, 64, 64, 128), (2, "full", 8, 64, 64, None)]),
        ({"model_type": "falcon", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2},
         [(2, "full", 1, 8, 8, None)]),
        ({"model_type": "falcon", "hidden_size": 64, "num_attention_heads": 8, "num_hidden_layers": 2,
          "new_decoder_architecture": True, "num_kv_heads": 2}, [(2, "full", 2, 8, 8, None)]),
        ({"model_type": "gpt2", "n_layer": 2, "n_embd": 64, "n_head": 4}, [(2, "full", 4, 16, 16, None)]),
        ({"model_type": "deepseek_v3", "num_hidden_layers": 3}, [(3, "latent", 1, 512, 64, None)]),
        ({"model_type": "deepseek_v32", "num_hidden_layers": 3},
         [(3, "latent", 1, 512, 64, None), (3, "index", 1, 128, 0, None)]),
        (LLAMA | {"model_type": "unheard_of", "layer_types": ["full_attention", "linear_attention"] * 2,
                  "linear_num_value_heads": 2, "linear_num_key_heads": 1, "linear_key_head_dim": 3,
                  "linear_value_head_dim": 5, "linear_conv_kernel_dim": 4},
         [(2, "full", 8, 8, 8, None), (2, "state", 0, 0, 0, None)]),
        (LLAMA | {"model_type": "jamba", "num_key_value_heads": 2, "num_hidden_layers": 8},
         [(7, "state", 0, 0, 0, None), (1, "full", 2, 8, 8, None)]),
        (LLAMA | {"model_type": "gemma4_text", "num_key_value_heads": 2, "head_dim": 16, "global_head_dim": 32,
                  "num_global_key_value_heads": 1, "attention_k_eq_v": True, "num_hidden_layers": 6,
                  "sliding_window": 5}, [(5, "window", 2, 16, 16, 5), (1, "full", 1, 32, 0, None)]),
        (LLAMA | {"model_type": "gemma3n_text", "num_hidden_layers": 10, "num_kv_shared_layers": 5,
                  "num_key_value_heads": 2, "head_dim": 16, "sliding_window": 5},
         [(4, "window", 2, 16, 16, 5), (1, "full", 2, 16, 16, None), (5, "shared", 0, 0, 0, None)]),
        (LLAMA | {"model_type": "nemotron_h", "hybrid_override_pattern": "M-M*", "num_key_value_heads": 2,
                  "head_dim": 16, "mamba_num_heads": 2, "mamba_head_dim": 4, "ssm_state_size": 8},
         [(2, "state", 0, 0, 0, None), (1, "none", 0, 0, 0, None), (1, "full", 2, 16, 16, None)]),
    ],
)  # fmt: skip
def test_configs_are_read(config, expected):
    assert sorted(kinds(config), key=str) == sorted(expected, key=str)


def test_states_are_sized():
    gated = {"layer_types": ["linear_attention"], "linear_num_value_heads": 2, "linear_num_key_heads": 1,
             "linear_key_head_dim": 3, "linear_value_head_dim": 5, "linear_conv_kernel_dim": 4}  # fmt: skip
    (part,) = layers_of(LLAMA | gated | {"num_hidden_layers": 1, "model_type": "unheard_of"})
    assert part.state_numbers == 2 * 3 * 5 + 3 * (2 * 3 + 2 * 5)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"num_hidden_layers": 0}, "number of layers is 0"),
        ({"num_hidden_layers": "four"}, "whole number"),
        ({"num_hidden_layers": 10**9}, "not believed"),
        ({"num_key_value_heads": 3}, "8 query heads cannot share 3"),
        ({"num_key_value_heads": 0}, "cannot share 0"),
        ({"num_attention_heads": 7}, "no multiple of 7 heads: state head_dim"),
        ({"head_dim": -4}, "at least 0"),
        ({"layer_types": ["full_attention"]}, "1 entries for 4 layers"),
        ({"layer_types": ["warp"] * 4}, "'warp'"),
        ({"layer_types": ["mamba"] * 4}, "cannot size"),
        ({"is_encoder_decoder": True}, "encoder"),
        ({"num_kv_shared_layers": 4}, "someone must own"),
        ({"kv_lora_rank": 4}, "rotated part of a key"),
    ],
)
def test_impossible_shapes_get_a_sentence(change, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        layers_of(LLAMA | change)


def test_a_file_or_its_folder_is_read_and_named_when_wrong(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA | {"vocab_size": 10, "intermediate_size": 20}))
    assert from_config(path).cache.bytes_per_token() == from_config(tmp_path).cache.bytes_per_token() == 4 * 2 * 64 * 2
    for content, said in (
        ("{", "not valid JSON"),
        ("[]", "object in braces"),
        ('{"num_hidden_layers": 0}', "config.json"),
    ):
        path.write_text(content)
        with pytest.raises(ValueError, match=said):
            from_config(path)
    with pytest.raises(ValueError, match="cannot be read"):
        from_config(tmp_path / "none.json")


def test_weights_that_cannot_be_counted_are_not_guessed():
    config = {"model_type": "deepseek_v3", "num_hidden_layers": 3}
    widths = widths_of(config, layers_of(config))
    assert widths.n_parameters is None and widths.weight_bytes(storage("bf16")) is None


# ---- published figures -----------------------------------------------------------------------------


@pytest.mark.parametrize("figure", figures(), ids=lambda figure: figure.id)
def test_published_figures_are_reproduced_or_named_as_errata(figure):
    assert figure.agrees() == (figure.verdict != "erratum"), (figure.published, figure.computed())
    assert figure.source and figure.seen != "unverified"
    if figure.verdict != "reproduced":
        assert figure.note


def test_the_checks_can_fail():
    """Twice the heads, twice the bytes: a check that ignored its inputs would not notice."""
    rows_with_heads = [figure for figure in figures() if "H" in figure.inputs and figure.check in ("token", "sequence")]
    assert len(rows_with_heads) > 40
    for figure in rows_with_heads:
        doubled = CHECKS[figure.check](dict(figure.inputs) | {"H": 2 * figure.inputs["H"]})
        assert doubled == pytest.approx(2 * CHECKS[figure.check](figure.inputs))
    assert math.isfinite(sum(figure.computed() for figure in figures()))
