"""Oracle 2: an independent implementation, `transformers`, says the same at every position.

Each case of `data/transformers/cases.json` shows one switch of the Llama family, with random weights. Live, the
case is built in torch, saved, and read back through this package's own readers; recorded, the saved model and
what torch said about it come from files. Both are held to the same claims.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kvlab.cache.base import Cache
from kvlab.cache.concat import ConcatCache
from kvlab.cache.contiguous import KVCache
from kvlab.io.assemble import assemble
from kvlab.io.family import MEMBERS
from kvlab.io.huggingface import read_config
from kvlab.io.json_fields import Fields
from kvlab.io.rope_fields import read_rope
from kvlab.io.safetensors import SafetensorsSource
from kvlab.model.generate import generate_cached
from kvlab.model.rope import Rope
from kvlab.model.transformer import Transformer

HERE = Path(__file__).parent
DATA = HERE / "data" / "transformers"
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))
ROPE_CASES: dict[str, dict[str, Any]] = json.loads((DATA / "rope_cases.json").read_text(encoding="utf-8"))
LOGITS_AGREE = 1e-4  # logits of these models reach about 10; torch turns by float32 angles, the package by float64
CHUNKS = {"token by token": [1], "all at once": [1000], "chunks": [7, 1, 2, 11], "prompt, then tokens": [20, 1]}

Expected = dict[str, np.ndarray[Any, Any]]


def load(folder: Path) -> Transformer:
    config = read_config(folder)
    return Transformer(config, assemble(config, SafetensorsSource(folder)))


def caches(model: Transformer, n: int) -> list[Cache]:
    return [KVCache.for_model(model.config, n), ConcatCache.for_model(model.config)]


def in_chunks(model: Transformer, tokens: np.ndarray[Any, Any], cache: Cache, sizes: list[int]) -> Iterator[Any]:
    """Logits chunk by chunk; the last size repeats."""
    start, sizes = 0, list(sizes)
    while start < len(tokens):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        yield model.forward(tokens[start : start + size], cache)
        start += size


def check_logits(model: Transformer, expected: Expected) -> float:
    """Uncached and cached in every way: all within the tolerance. Returns the largest difference."""
    tokens = np.concatenate([expected["prompt"], expected["greedy"][:-1]])
    found = {"no cache": model.forward(tokens)}
    for how, sizes in CHUNKS.items():
        for cache in caches(model, len(tokens)):
            logits = np.concatenate(list(in_chunks(model, tokens, cache, sizes)))
            found[f"{type(cache).__name__}, {how}"] = logits
    apart = {how: float(np.abs(logits - expected["logits"]).max()) for how, logits in found.items()}
    assert max(apart.values()) <= LOGITS_AGREE, apart
    return max(apart.values())


def check_greedy(model: Transformer, expected: Expected, apart: float) -> bool:
    """The same greedy tokens, or a first difference at a near tie, where rounding may decide. True if the same."""
    prompt, greedy = expected["prompt"], expected["greedy"]
    same = True
    for cache in caches(model, len(prompt) + len(greedy)):
        ours = np.array(list(generate_cached(model, prompt, len(greedy), cache=cache)))
        if np.array_equal(ours, greedy):
            continue
        same, first = False, int(np.argmax(ours != greedy))
        best, second = np.sort(expected["logits"][len(prompt) - 1 + first])[:-3:-1]
        assert best - second < 2 * apart, f"token {first} is {ours[first]}, not {greedy[first]}, and it is no tie"
    return same


def recorded(name: str) -> Expected:
    with np.load(DATA / name / "expected.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("name", CASES)
def test_logits_and_tokens_are_those_recorded_from_transformers(name: str) -> None:
    model, expected = load(DATA / name), recorded(name)
    apart = check_logits(model, expected)
    assert check_greedy(model, expected, apart), "a near tie in a recorded case: record it anew with another seed"


def test_the_record_says_what_made_it_and_has_every_case() -> None:
    made = json.loads((DATA / "made_by.json").read_text(encoding="utf-8"))
    assert (HERE.parent.parent / made["script"]).is_file()
    assert set(made["versions"]) == {"transformers", "torch", "numpy"}
    assert made["date"]
    assert {folder.name for folder in DATA.iterdir() if folder.is_dir()} == set(CASES)


def test_the_cases_cover_every_switch_of_the_family() -> None:
    configs = [read_config(DATA / name) for name in CASES]
    assert {c.architecture for c in configs} == {"llama", "mistral", "ministral", "qwen2", "qwen3"}
    assert {c.rope.scaling for c in configs} == {"default", "linear", "llama3", "yarn"}
    assert {c.group_size for c in configs} == {1, 2, 4}
    for switch in ("tied_head", "qkv_bias", "output_bias", "mlp_bias", "qk_norm"):
        assert {getattr(c, switch) for c in configs} == {False, True}, switch
    assert {c.head_dim * c.n_heads == c.embed_dim for c in configs} == {False, True}
    windowed = [bool(c.windows) and None not in c.windows for c in configs]
    mixed = [bool(c.windows) and None in c.windows for c in configs]
    assert any(windowed) and any(mixed) and not all(windowed)


def test_prompts_outgrow_windows_and_original_contexts() -> None:
    for name in CASES:
        config, length = read_config(DATA / name), len(recorded(name)["prompt"])
        assert all(window is None or window < length for window in config.windows), name
        if config.rope.scaling in ("llama3", "yarn"):
            assert config.rope.original_max_positions < length, name


@pytest.mark.parametrize("name", CASES)
def test_the_record_would_notice(name: str) -> None:
    """What a case claims to show, it shows: the model without it is far from the record."""
    model, expected = load(DATA / name), recorded(name)
    tokens = np.concatenate([expected["prompt"], expected["greedy"][:-1]])
    for what, broken in without(model).items():
        apart = np.abs(broken.forward(tokens) - expected["logits"]).max()
        assert apart > 100 * LOGITS_AGREE, f"{what}: {apart}"


def without(model: Transformer) -> dict[str, Transformer]:
    """The same model with one thing wrong at a time, as far as it has that thing."""
    config, weights = model.config, model.weights
    broken = {"layers in order": Transformer(config, replace(weights, layers=weights.layers[::-1]))}
    for name, value in NEUTRAL.items():
        if getattr(weights.layers[0], name) is not None:
            layers = tuple(replace(w, **{name: np.full_like(getattr(w, name), value)}) for w in weights.layers)
            broken[name] = Transformer(config, replace(weights, layers=layers))
    changed = {"windows": (), "norm_eps": 0.0, "rope": replace(config.rope, scaling="default", theta=1e4)}
    for name, value in changed.items():
        if getattr(config, name) != value and (name != "norm_eps" or config.norm_eps > 1e-3):
            broken[name] = Transformer(config.with_(**{name: value}), weights)
    return broken


NEUTRAL = {
    "attention_norm": 1.0, "mlp_norm": 1.0, "query_norm": 1.0, "key_norm": 1.0,
    "qkv_bias": 0.0, "output_bias": 0.0, "gate_up_bias": 0.0, "down_bias": 0.0,
}  # fmt: skip


# ---- rotation ----------------------------------------------------------------------------------------------


def check_rotation(name: str, theirs: dict[str, Any]) -> None:
    """Frequencies, magnitude, and the rotation at position 100,000, as far as float32 can tell there."""
    parameters = ROPE_CASES[name]
    frequencies = np.array(theirs["frequencies"])
    head_dim, far = 2 * len(frequencies), 100_000
    rope = read_rope(Fields("", parameters, MEMBERS["llama"].defaults))
    np.testing.assert_allclose(rope.frequencies(head_dim), frequencies, rtol=1e-6)
    assert rope.magnitude == pytest.approx(theirs["magnitude"], rel=1e-7)
    cos, sin = Rope(rope, head_dim).angles(np.array([far]))
    angles = far * frequencies
    rounding = 4 * np.spacing(np.float32(angles.max())) * theirs["magnitude"]  # their frequencies are float32
    np.testing.assert_allclose(cos[0, 0], np.cos(angles) * theirs["magnitude"], atol=rounding)
    np.testing.assert_allclose(sin[0, 1], np.sin(angles) * theirs["magnitude"], atol=rounding)


@pytest.mark.parametrize("name", ROPE_CASES)
def test_rotation_is_that_recorded_from_transformers(name: str) -> None:
    recorded_rotations = json.loads((DATA / "rope_expected.json").read_text(encoding="utf-8"))
    check_rotation(name, recorded_rotations[name])


# ---- live --------------------------------------------------------------------------------------------------


def recorder() -> Any:
    """The script that made the record; it knows how to build and save each case."""
    spec = importlib.util.spec_from_file_location("record_transformers", HERE / "record" / "record_transformers.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.live_oracle
@pytest.mark.filterwarnings("default")  # theirs, not ours
@pytest.mark.parametrize("name", CASES)
def test_logits_and_tokens_are_those_of_transformers_now(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    record = recorder()
    reference = record.build(name)
    record.save(name, reference, tmp_path)
    expected = record.expected(name, reference)
    model = load(tmp_path)
    apart = check_logits(model, expected)
    same = check_greedy(model, expected, apart)
    print(f"{name}: max |difference of logits| {apart:.1e}{'' if same else ', a near tie among the tokens'}")


@pytest.mark.live_oracle
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", ROPE_CASES)
def test_rotation_is_that_of_transformers_now(name: str) -> None:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    check_rotation(name, recorder().rotation(name))
