"""Dequantisers against a slow reference read from the formats' definitions, and against the gguf package."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from kvlab.io.quants import TENSOR_TYPES, dequantise, dequantise_into

RECORD = json.loads((Path(__file__).parent / "data" / "gguf_quants.json").read_text())
QUANTISED = [name for name, kind in TENSOR_TYPES.items() if kind.block_len > 1]


def half(block: bytes, at: int) -> float:
    return struct.unpack_from("<e", block, at)[0]


def nibble(packed: bytes, j: int) -> int:
    """Number j of a block of 32: the low four bits of byte j, then the high four bits of byte j - 16."""
    return packed[j] & 15 if j < 16 else packed[j - 16] >> 4


def bit(packed: bytes, j: int) -> int:
    return packed[j // 8] >> (j % 8) & 1


def six_bits(packed: bytes, group: int) -> tuple[int, int]:
    """Scale and offset of one of eight groups, from the 12 bytes that Q4_K and Q5_K share."""
    if group < 4:
        return packed[group] & 63, packed[group + 4] & 63
    low = packed[group + 4]
    return low & 15 | packed[group - 4] >> 6 << 4, low >> 4 | packed[group] >> 6 << 4


def number(name: str, block: bytes, e: int) -> float:
    """Number e of one block, in exact arithmetic as far as doubles go."""
    run, within = divmod(e, 128)
    two_bits = lambda packed: packed[32 * run + within % 32] >> 2 * (within // 32) & 3  # noqa: E731
    if name == "Q8_0":
        return half(block, 0) * struct.unpack_from("<b", block, 2 + e)[0]
    if name == "Q4_0":
        return half(block, 0) * (nibble(block[2:], e) - 8)
    if name == "Q4_1":
        return half(block, 0) * nibble(block[4:], e) + half(block, 2)
    if name == "Q5_0":
        return half(block, 0) * (nibble(block[6:], e) + 16 * bit(block[2:6], e) - 16)
    if name == "Q5_1":
        return half(block, 0) * (nibble(block[8:], e) + 16 * bit(block[4:8], e)) + half(block, 2)
    if name == "Q2_K":
        scale = block[e // 16]
        return half(block, 80) * (scale & 15) * two_bits(block[16:80]) - half(block, 82) * (scale >> 4)
    if name == "Q3_K":
        group, scales = e // 16, block[96:108]
        low = scales[group % 8] >> 4 * (group // 8) & 15
        scale = (low | (scales[8 + group % 4] >> 2 * (group // 4) & 3) << 4) - 32
        third = block[e % 32] >> (e // 32) & 1
        return half(block, 108) * scale * (two_bits(block[32:96]) + 4 * third - 4)
    if name == "Q4_K":
        scale, offset = six_bits(block[4:16], e // 32)
        q = block[16 + 32 * (e // 64) + e % 32] >> 4 * (e // 32 % 2) & 15
        return half(block, 0) * scale * q - half(block, 2) * offset
    if name == "Q5_K":
        scale, offset = six_bits(block[4:16], e // 32)
        q = block[48 + 32 * (e // 64) + e % 32] >> 4 * (e // 32 % 2) & 15
        q += 16 * (block[16 + e % 32] >> (e // 32) & 1)
        return half(block, 0) * scale * q - half(block, 2) * offset
    assert name == "Q6_K"
    low = block[64 * run + within % 64] >> 4 * (within // 64) & 15
    high = two_bits(block[128:192])
    scale = struct.unpack_from("<b", block, 192 + e // 16)[0]
    return half(block, 208) * scale * ((low | high << 4) - 32)


def recorded(name: str) -> tuple[np.ndarray, np.ndarray]:
    case = RECORD["cases"][name]
    raw = np.frombuffer(base64.b64decode(case["raw"]), dtype=np.uint8)
    return raw, np.frombuffer(base64.b64decode(case["numbers"]), dtype="<f4")


def test_every_type_has_a_record() -> None:
    assert set(RECORD["cases"]) == set(TENSOR_TYPES)


@pytest.mark.parametrize("name", TENSOR_TYPES)
def test_bit_for_bit_as_the_gguf_package(name: str) -> None:
    raw, expected = recorded(name)
    found = dequantise(TENSOR_TYPES[name], raw, expected.shape)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", QUANTISED)
def test_each_number_is_what_the_definition_says(name: str) -> None:
    kind = TENSOR_TYPES[name]
    raw, expected = recorded(name)
    blocks = [raw[i : i + kind.block_bytes].tobytes() for i in range(0, raw.size, kind.block_bytes)]
    slow = [number(name, block, e) for block in blocks for e in range(kind.block_len)]
    found = dequantise(kind, raw, expected.shape)
    # two float32 roundings of terms no larger than 64 * 63 * |d|, a rounding each of 2**-24
    np.testing.assert_allclose(found, slow, rtol=2e-7, atol=4e-4)


@pytest.mark.parametrize("name", TENSOR_TYPES)
@pytest.mark.parametrize(("rows", "blocks"), [(1, 1), (7, 3), (300, 2), (3, 700), (1500, 1)])
def test_turned_or_not_the_numbers_are_the_same(name: str, rows: int, blocks: int) -> None:
    """Sizes on both sides of the chunk that is decoded at a time."""
    kind = TENSOR_TYPES[name]
    recording, _ = recorded(name)
    columns = blocks * kind.block_len
    raw = np.resize(recording.reshape(-1, kind.block_bytes), (rows * blocks, kind.block_bytes)).reshape(-1)
    straight = dequantise(kind, raw, (rows, columns))
    wider = np.full((columns, rows + 2), np.nan, dtype=np.float32)  # as where several tensors lie side by side
    dequantise_into(kind, raw, wider[:, 1:-1].T)
    np.testing.assert_array_equal(wider[:, 1:-1], straight.T)
    assert np.isnan(wider[:, [0, -1]]).all()
    alone = dequantise(kind, raw[-kind.nbytes((columns,)) :], (columns,))  # the last row by itself
    np.testing.assert_array_equal(straight[-1], alone)


def test_rows_must_be_whole_blocks() -> None:
    with pytest.raises(ValueError, match="rows of 33 numbers are not whole Q8_0 blocks of 32"):
        TENSOR_TYPES["Q8_0"].nbytes((4, 33))


def test_sizes_do_not_overflow() -> None:
    assert TENSOR_TYPES["F32"].nbytes((2**62, 2**62)) == 2**126
