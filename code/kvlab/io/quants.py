"""The tensor types of GGUF that this package reads, and how a tensor becomes float32.

A quantised row is a run of blocks; a block is a few bytes that stand for 32 or 256 neighbouring numbers. All
of it is exact: the file's numbers, no rounding but the last float32 product.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from kvlab.io import quants_simple as simple
from kvlab.io import quants_super as super_blocks
from kvlab.io.quants_simple import Array, Bytes

# numbers decoded at a time: temporaries stay in the processor's cache, and beside the result they weigh nothing
_CHUNK = 1 << 15


@dataclass(frozen=True)
class TensorType:
    """How numbers of one type lie in a file.

    Attributes
    ----------
    name : str
        As GGUF tools print it: ``"Q4_1"``.
    block_len, block_bytes : int
        How many numbers a block holds, in how many bytes. A plain number is a block of one.
    decode : callable
        ``decode(raw [block_bytes, n], out [block_len, n])`` writes the numbers of n blocks, one column a block.
        For plain numbers both arrays are flat, ``[n block_bytes]`` and ``[n]``.
    """

    name: str
    block_len: int
    block_bytes: int
    decode: Callable[[Bytes, Array], None]

    def nbytes(self, shape: tuple[int, ...]) -> int:
        """Bytes that a tensor of this shape takes; ValueError where its rows are not whole blocks."""
        count = 1
        for length in shape:
            count *= length  # Python's integers do not overflow, whatever the file claims
        if shape and shape[-1] % self.block_len:
            raise ValueError(f"rows of {shape[-1]} numbers are not whole {self.name} blocks of {self.block_len}.")
        return count // self.block_len * self.block_bytes


def _widen_f32(raw: Bytes, out: Array) -> None:
    out[:] = raw.view("<f4")


def _widen_f16(raw: Bytes, out: Array) -> None:
    out[:] = raw.view("<f2")


def _widen_bf16(raw: Bytes, out: Array) -> None:
    """The upper half of a float32: sixteen zero bits below it complete it."""
    out.view(np.uint32)[:] = raw.view("<u2").astype(np.uint32) << np.uint32(16)


TENSOR_TYPES: dict[str, TensorType] = {
    kind.name: kind
    for kind in (
        TensorType("F32", 1, 4, _widen_f32),
        TensorType("F16", 1, 2, _widen_f16),
        TensorType("BF16", 1, 2, _widen_bf16),
        TensorType("Q8_0", 32, 34, simple.decode_q8_0),
        TensorType("Q4_0", 32, 18, simple.decode_q4_0),
        TensorType("Q4_1", 32, 20, simple.decode_q4_1),
        TensorType("Q5_0", 32, 22, simple.decode_q5_0),
        TensorType("Q5_1", 32, 24, simple.decode_q5_1),
        TensorType("Q2_K", 256, 84, super_blocks.decode_q2_k),
        TensorType("Q3_K", 256, 110, super_blocks.decode_q3_k),
        TensorType("Q4_K", 256, 144, super_blocks.decode_q4_k),
        TensorType("Q5_K", 256, 176, super_blocks.decode_q5_k),
        TensorType("Q6_K", 256, 210, super_blocks.decode_q6_k),
    )
}


def dequantise(kind: TensorType, raw: Bytes, shape: tuple[int, ...]) -> Array:
    """A tensor as float32, rows first.

    Parameters
    ----------
    kind : TensorType
    raw : array ``[kind.nbytes(shape)]``
        The tensor's bytes as they lie in the file.
    shape : tuple of int
        ``[rows, columns]`` or ``[columns]``, the neighbouring numbers last.
    """
    out = np.empty(shape, dtype=np.float32)
    dequantise_into(kind, raw, out)
    return out


def dequantise_into(kind: TensorType, raw: Bytes, out: Array) -> None:
    """Decode a tensor to its place, ``[rows, columns]`` or ``[columns]``, some numbers at a time.

    The model multiplies by ``[in, out]``, so most places are the transposed view of what lies in memory. Block i of
    many rows together are then rows ``i b`` to ``(i + 1) b`` of that, and only the few bytes of the blocks need to be
    transposed: a third of the time that turning the numbers takes.
    """
    if out.flags.c_contiguous:
        _decode_rows(kind, raw, out.reshape(-1, kind.block_len))
        return
    rows, columns = out.shape
    blocks = raw.reshape(rows, columns // kind.block_len, kind.block_bytes)
    step = max(1, _CHUNK // (columns if kind.block_len == 1 else kind.block_len))
    for start in range(0, rows, step):
        some, place = blocks[start : start + step], out[start : start + step]
        if kind.block_len == 1:
            place[:] = dequantise(kind, some.reshape(-1), place.shape)
        else:
            _decode_columns(kind, some, place.T)


def _decode_rows(kind: TensorType, raw: Bytes, out: Array) -> None:
    """Decode blocks that lie one after another into ``out [n, block_len]``."""
    step = _CHUNK // kind.block_len
    for start in range(0, len(out), step):
        place = out[start : start + step]
        some = raw[start * kind.block_bytes : (start + step) * kind.block_bytes]
        if kind.block_len == 1:
            kind.decode(some, place[:, 0])
            continue
        numbers = np.empty(place.shape[::-1], dtype=np.float32)  # [block_len, n]
        kind.decode(np.ascontiguousarray(some.reshape(-1, kind.block_bytes).T), numbers)
        place[:] = numbers.T


def _decode_columns(kind: TensorType, blocks: Bytes, out: Array) -> None:
    """Decode ``[rows, blocks of a row, block bytes]`` into ``out [columns, rows]``."""
    for i in range(blocks.shape[1]):
        place = out[i * kind.block_len : (i + 1) * kind.block_len]  # [block_len, rows]
        kind.decode(np.ascontiguousarray(blocks[:, i].T), place)
