"""The small quantised blocks of GGUF: 32 numbers share one scale, and some an offset.

Every decoder here reads blocks *by columns*: ``raw`` is ``[block bytes, n]`` and ``out`` is ``[32, n]``, so that
row j is the j-th number of all n blocks and one NumPy line treats one field of every block at once. A "half" is
a float16 in two bytes, low byte first. In a byte of two 4-bit numbers the low four bits are number j and the
high four bits are number j + 16.

Source: the block structures of the GGML tensor library (``block_q4_0`` and its siblings), which define the format.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Array = NDArray[np.float32]


def half(raw: Bytes, at: int) -> Array:
    """The float16 at byte ``at`` of every block, as float32 ``[n]``."""
    pair = np.ascontiguousarray(raw[at : at + 2].T)  # [n, 2]
    return pair.view("<f2")[:, 0].astype(np.float32)


def _nibbles(packed: Bytes, out: Array) -> None:
    """Unpack ``[16, n]`` bytes into the numbers 0..15, ``[32, n]``."""
    out[:16] = packed & 15
    out[16:] = packed >> 4


def _fifth_bits(raw: Bytes, at: int, out: Array) -> None:
    """Add 16 to number j where bit j of the 32-bit word at byte ``at`` is set."""
    bits = np.unpackbits(raw[at : at + 4], axis=0, bitorder="little")  # [32, n]
    out += bits * np.float32(16)


def decode_q8_0(raw: Bytes, out: Array) -> None:
    """Half scale ``d``, 32 signed bytes ``q`` (34 bytes): ``d q``."""
    np.multiply(raw[2:].view(np.int8), half(raw, 0), out=out)


def decode_q4_0(raw: Bytes, out: Array) -> None:
    """Half ``d``, 32 four-bit ``q`` (18 bytes): ``d (q - 8)``."""
    _nibbles(raw[2:], out)
    out -= 8
    out *= half(raw, 0)


def decode_q4_1(raw: Bytes, out: Array) -> None:
    """Half ``d``, half ``m``, 32 four-bit ``q`` (20 bytes): ``d q + m``."""
    _nibbles(raw[4:], out)
    out *= half(raw, 0)
    out += half(raw, 2)


def decode_q5_0(raw: Bytes, out: Array) -> None:
    """Half ``d``, a word of fifth bits, 32 low four bits (22 bytes): ``d (q - 16)``."""
    _nibbles(raw[6:], out)
    _fifth_bits(raw, 2, out)
    out -= 16
    out *= half(raw, 0)


def decode_q5_1(raw: Bytes, out: Array) -> None:
    """Half ``d``, half ``m``, a word of fifth bits, 32 low four bits (24 bytes): ``d q + m``."""
    _nibbles(raw[8:], out)
    _fifth_bits(raw, 4, out)
    out *= half(raw, 0)
    out += half(raw, 2)
