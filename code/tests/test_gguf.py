"""Reading GGUF files: the container, damaged ones, and refusing what cannot be computed."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import gguf_writer
import numpy as np
import pytest
from gguf_models import TINY, settings_of, tensors_of, write_model
from gguf_writer import gguf_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from kvlab import random_weights
from kvlab.io.assemble import UnsupportedModelError, assemble
from kvlab.io.gguf import open_gguf
from kvlab.io.gguf_bytes import GGML_TYPE_NAMES, GgufError
from kvlab.io.gguf_config import gguf_config
from kvlab.io.gguf_source import GgufSource
from kvlab.io.quants import TENSOR_TYPES

METADATA = {"a": 1, "b": -2, "c": 0.5, "d": "héllo", "e": True, "f": [1, 2, 3], "g": ["x", "", "ÿ"], "h": []}


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("alignment", [32, 64, 8])
def test_settings_and_tensors_come_back(tmp_path: Path, version: int, alignment: int) -> None:
    odd, matrix = np.arange(3), np.arange(12).reshape(3, 4)
    metadata = METADATA | {"general.alignment": alignment}
    tensors = [gguf_writer.f32("odd", odd), gguf_writer.f32("matrix", matrix)]
    file = open_gguf(gguf_writer.write(tmp_path / "m.gguf", metadata, tensors, version=version, alignment=alignment))
    assert file.metadata == metadata
    assert [type(value) for value in file.metadata.values()] == [type(value) for value in metadata.values()]
    assert file.tensors["matrix"].shape == (3, 4)
    assert file.tensors["matrix"].type_name == "F32"
    for name, array in (("odd", odd), ("matrix", matrix)):
        np.testing.assert_array_equal(file.raw(name).view("<f4"), array.reshape(-1))


def test_every_kind_of_number(tmp_path: Path) -> None:
    forms = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
    body = b"".join(
        gguf_writer.string(f"k{kind}") + struct.pack("<I", kind) + struct.pack(form, 1) for kind, form in forms.items()
    )
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 0, len(forms)) + body)
    assert open_gguf(path).metadata == {f"k{kind}": 1 for kind in forms}


def damaged(tmp_path: Path, raw: bytes) -> Any:
    path = tmp_path / "damaged.gguf"
    path.write_bytes(raw)
    return open_gguf(path)


WHOLE = gguf_bytes(METADATA, [gguf_writer.f32("t", np.arange(8))])


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is no GGUF file: it has fewer than 4 bytes"),
        (b"GGML" + WHOLE[4:], r"not a GGUF file: it starts with b'GGML'"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "a big-endian GGUF file; only little-endian"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "GGUF version 1; versions 2 and 3 are read"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "1152921504606846976 tensors and 0 settings cannot"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**60), "0 tensors and 1152921504606846976 settings cannot fit"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**63) + bytes(32), "9,223,372,036,854,775,808 bytes cannot fit"),
        (gguf_bytes({"a": 1}).replace(b"\x04\0\0\0\x01", b"\x4d\0\0\0\x01"), "a setting has type 77"),
        (WHOLE[:-1], "tensor t should end at byte .* Download it again"),
        (WHOLE[:30], "cut short or damaged"),
        (gguf_bytes({"general.alignment": 0}), "general.alignment is 0; it must be a positive"),
        (gguf_bytes({}, [("q", 8, (2, 33), b"")]), "tensor q: rows of 33 numbers are not whole Q8_0 blocks of 32"),
        (gguf_bytes({}, [("q", 0, (2**40, 2**40), b"")]), "tensor q should end at byte"),
        (gguf_bytes({}, [("q", 0, (1,) * 5, bytes(4))]), "tensor q claims 5 dimensions"),
        (gguf_bytes({}, 2 * [gguf_writer.f32("t", np.arange(8))]), "two tensors have the same name"),
        (gguf_bytes({"a": 1, "b": 1}).replace(b"\x01\0\0\0\0\0\0\0b", b"\x01\0\0\0\0\0\0\0a"), "a occurs twice"),
        (gguf_bytes({"a": "abc"}).replace(b"abc", b"a\xffc"), "a string is not UTF-8"),
        (gguf_bytes({"a": ["abc"]}).replace(b"abc", b"a\xffc"), "a string is not UTF-8"),
        (gguf_bytes({"a": [[1]]}), "lists of lists not"),
        (gguf_bytes({"a": ["x"]}).replace(struct.pack("<IQ", 8, 1), struct.pack("<IQ", 8, 2**61)), "strings cannot"),
        (gguf_bytes({"a": [7]}).replace(struct.pack("<IQ", 4, 1), struct.pack("<IQ", 4, 2**62)), "bytes cannot fit"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, raw: bytes, sentence: str) -> None:
    with pytest.raises(GgufError, match=sentence) as error:
        damaged(tmp_path, raw)
    assert "damaged.gguf" in str(error.value)


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    for length in range(len(WHOLE)):
        with pytest.raises(GgufError):
            damaged(tmp_path, WHOLE[:length])


MODEL = gguf_bytes(
    settings_of(TINY), [gguf_writer.f32(n, a) for n, a in tensors_of(TINY, random_weights(TINY)).items()]
)
FRONT = len(MODEL) - random_weights(TINY).nbytes  # settings and tensor table


@settings(max_examples=500, deadline=None)
@given(damage=st.lists(st.tuples(st.integers(0, FRONT - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_random_damage_never_ends_in_another_exception(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    whole = bytearray(MODEL)
    for at, byte in damage:
        whole[at] = byte
    path = tmp_path_factory.getbasetemp() / "fuzzed.gguf"
    path.write_bytes(whole)
    with contextlib.suppress(ValueError):  # GgufError and UnsupportedModelError are ValueErrors
        file = open_gguf(path)
        config = gguf_config(file)
        assemble(config, GgufSource(file, config))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        open_gguf(tmp_path / "none.gguf")


def load(path: Path) -> Any:
    file = open_gguf(path)
    config = gguf_config(file)
    return assemble(config, GgufSource(file, config))


@pytest.mark.parametrize("number", [number for number, name in GGML_TYPE_NAMES.items() if name not in TENSOR_TYPES])
def test_a_tensor_type_that_is_not_read_is_refused_by_name(tmp_path: Path, number: int) -> None:
    tensors = [gguf_writer.f32(name, array) for name, array in tensors_of(TINY, random_weights(TINY)).items()]
    name, _, shape, raw = tensors[-1]
    tensors[-1] = (name, number, shape, raw)
    path = gguf_writer.write(tmp_path / "m.gguf", settings_of(TINY), tensors)
    with pytest.raises(
        UnsupportedModelError, match=f"tensor {name} is of type {GGML_TYPE_NAMES[number]}, which is not"
    ):
        load(path)


def test_refusing_takes_no_memory(tmp_path: Path) -> None:
    """The first tensors are fine and take 64 MB as float32; the last cannot be read."""
    tensors = [
        ("token_embd.weight", 8, (2**14, 1024), bytes(2**14 * 32 * 34)),
        ("output_norm.weight", 16, (1024,), b""),
    ]
    tensors += [("blk.0.attn_norm.weight", 0, (1024,), bytes(4096))]
    config = TINY.with_(n_layers=1, embed_dim=1024, vocab_size=2**14)
    path = gguf_writer.write(tmp_path / "m.gguf", settings_of(config), tensors)
    tracemalloc.start()
    try:
        with pytest.raises(UnsupportedModelError, match="IQ2_XXS"):
            load(path)
        assert tracemalloc.get_traced_memory()[1] < 1e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["mistral3", "gemma2", "phi3", "mamba", "", 7])
def test_an_architecture_that_is_not_computed_is_refused_by_name(tmp_path: Path, name: object) -> None:
    path = write_model(tmp_path / "m.gguf", settings={"general.architecture": name})
    with pytest.raises(UnsupportedModelError, match=f"architecture {name!r} is not supported; llama, qwen2, qwen3 are"):
        gguf_config(open_gguf(path))


@pytest.mark.parametrize(
    ("changed", "kind", "sentence"),
    [
        ({"llama.expert_count": 8}, UnsupportedModelError, "llama.expert_count is 8; this package computes only 0"),
        ({"llama.attention.value_length": 16}, UnsupportedModelError, "value_length is 16; this package"),
        ({"llama.rope.dimension_count": 4}, UnsupportedModelError, "rope.dimension_count is 4"),
        ({"llama.rope.scaling.type": "longrope"}, UnsupportedModelError, "RoPE scaling 'longrope' is not supported"),
        ({"llama.attention.head_count_kv": [2, 1]}, UnsupportedModelError, "head_count_kv differs between layers"),
        ({"split.count": 2}, UnsupportedModelError, "one of 2 parts"),
        ({"llama.block_count": 2**31}, GgufError, "claims 2147483648 layers but has no weights for the last"),
        ({"llama.embedding_length": 0}, GgufError, "embedding_length is 0; it must be a whole number"),
        ({"llama.embedding_length": "32"}, GgufError, "embedding_length is '32'; it must be a whole number"),
        ({"llama.rope.freq_base": "fast"}, GgufError, "rope.freq_base is 'fast'; it must be a finite number"),
        ({"llama.attention.layer_norm_rms_epsilon": float("nan")}, GgufError, "is nan; it must be a finite number"),
        ({"llama.embedding_length": 64}, ValueError, r"is \[50, 32\] in the checkpoint; its config"),
    ],
)  # fmt: skip
def test_a_setting_that_is_wrong_or_not_computed(
    tmp_path: Path, changed: dict[str, Any], kind: type[ValueError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        load(write_model(tmp_path / "m.gguf", settings=changed))


def test_a_tensor_that_would_be_left_out_is_refused(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", extra={"blk.1.attn_sub_norm.weight": np.ones(32)})
    with pytest.raises(UnsupportedModelError, match=r"a tensor blk.1.attn_sub_norm.weight, which a llama model"):
        load(path)


@pytest.mark.parametrize("name", ["blk.1.ffn_up.weight", "output_norm.weight"])
def test_a_missing_tensor_is_named(tmp_path: Path, name: str) -> None:
    path = write_model(tmp_path / "m.gguf", without=name)
    with pytest.raises(ValueError, match="the checkpoint has no tensor model"):
        load(path)


def test_a_vocabulary_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(GgufError, match="it holds a vocabulary, not a model"):
        load(write_model(tmp_path / "m.gguf", without="token_embd.weight"))
