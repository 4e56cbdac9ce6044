"""The "K" blocks of GGUF: 256 numbers in groups of 16 or 32, whose scales are themselves quantised.

One half-precision scale serves the block; each group multiplies it by a small integer of its own, so that a
group's scale costs 4 to 8 bits instead of 16. As in ``quants_simple``, ``raw`` is ``[block bytes, n]`` and ``out``
``[256, n]``: number e of every block is row e.

Source: the block structures of the GGML tensor library (``block_q2_K`` to ``block_q6_K``), which define the format.
"""

from __future__ import annotations

import numpy as np

from kvlab.io.quants_simple import Array, Bytes, half


def _bit_planes(packed: Bytes, bits: int) -> Bytes:
    """Split each byte into its ``8 / bits`` fields, lowest first: ``[b, n]`` to ``[b/32, 8/bits, 32, n]``.

    Thirty-two bytes hold one field for each of 32 neighbours, so plane p of a run is group p of 32 numbers.
    """
    shifts = np.arange(0, 8, bits, dtype=np.uint8)[:, None, None]
    runs = packed.reshape(-1, 1, 32, packed.shape[-1])
    planes: Bytes = (runs >> shifts) & np.uint8(2**bits - 1)
    return planes


def _scale_groups(out: Array, scale: Array, offset: Array | None = None) -> None:
    """In place ``out * scale - offset``, where ``scale`` and ``offset`` ``[groups, n]`` each serve a run of rows."""
    groups = out.reshape(len(scale), -1, out.shape[-1])
    groups *= scale[:, None]
    if offset is not None:
        groups -= offset[:, None]


def _six_bit_scales(packed: Bytes) -> tuple[Bytes, Bytes]:
    """Eight 6-bit scales and eight 6-bit offsets from 12 bytes ``[12, n]``, each ``[8, n]``.

    The first four of each lie in the low six bits of bytes 0-3 and 4-7. The last four have their low four bits
    in bytes 8-11 (scales in the low half, offsets in the high) and take the two bits that the first left over.
    """
    first, second, third = packed[:4], packed[4:8], packed[8:]
    scales = np.concatenate([first & 63, (third & 15) | (first >> 6 << 4)])
    offsets = np.concatenate([second & 63, (third >> 4) | (second >> 6 << 4)])
    return scales, offsets


def decode_q2_k(raw: Bytes, out: Array) -> None:
    """16 bytes of scale and offset, 64 bytes of two-bit ``q``, halves ``d`` and ``m`` (84 bytes): ``d s q - m o``."""
    out[:] = _bit_planes(raw[16:80], 2).reshape(256, -1)
    scales, offsets = raw[:16] & 15, raw[:16] >> 4
    _scale_groups(out, half(raw, 80) * scales, half(raw, 82) * offsets)


def decode_q3_k(raw: Bytes, out: Array) -> None:
    """32 bytes of third bits, 64 of two-bit ``q``, 12 of scales, half ``d`` (110 bytes): ``d (s - 32) (q - 4)``."""
    out[:] = _bit_planes(raw[32:96], 2).reshape(256, -1)
    out += _bit_planes(raw[:32], 1).reshape(256, -1) * np.float32(4)
    out -= 4
    low = np.concatenate([raw[96:104] & 15, raw[96:104] >> 4])  # [16, n]
    high = np.concatenate([raw[104:108] >> shift & 3 for shift in (0, 2, 4, 6)])  # [16, n]
    scales = (low | high << 4).astype(np.float32) - 32
    _scale_groups(out, half(raw, 108) * scales)


def decode_q4_k(raw: Bytes, out: Array) -> None:
    """Halves ``d`` and ``m``, 12 bytes of scales and offsets, 128 of four-bit ``q`` (144 bytes): ``d s q - m o``."""
    out[:] = _bit_planes(raw[16:], 4).reshape(256, -1)
    scales, offsets = _six_bit_scales(raw[4:16])
    _scale_groups(out, half(raw, 0) * scales, half(raw, 2) * offsets)


def decode_q5_k(raw: Bytes, out: Array) -> None:
    """As Q4_K with 32 bytes of fifth bits before the four-bit numbers (176 bytes): ``d s q - m o``."""
    out[:] = _bit_planes(raw[48:], 4).reshape(256, -1)
    out += _bit_planes(raw[16:48], 1).reshape(256, -1) * np.float32(16)
    scales, offsets = _six_bit_scales(raw[4:16])
    _scale_groups(out, half(raw, 0) * scales, half(raw, 2) * offsets)


def decode_q6_k(raw: Bytes, out: Array) -> None:
    """128 bytes of low four bits, 64 of high two, 16 signed scales, half ``d`` (210 bytes): ``d s (q - 32)``."""
    # each 64 bytes of low bits cover 128 numbers: their low halves the first 64, their high halves the rest
    low = raw[:128].reshape(2, 64, -1)
    out[:] = np.stack([low & 15, low >> 4], axis=1).reshape(256, -1)
    out += _bit_planes(raw[128:192], 2).reshape(256, -1) * np.float32(16)
    out -= 32
    _scale_groups(out, half(raw, 208) * raw[192:208].view(np.int8))
