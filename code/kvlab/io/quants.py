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
_CHUNK = 1 << 16


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
    out = np.empty((raw.size // kind.block_bytes, kind.block_len), dtype=np.float32)
    step = _CHUNK // kind.block_len
    for start in range(0, len(out), step):
        some = raw[start * kind.block_bytes : (start + step) * kind.block_bytes]
        _decode_blocks(kind, some, out[start : start + step])
    return out.reshape(shape)


def _decode_blocks(kind: TensorType, raw: Bytes, out: Array) -> None:
    """Decode blocks that lie one after another into ``out [n, block_len]``."""
    if kind.block_len == 1:
        kind.decode(raw, out[:, 0])
        return
    columns = np.ascontiguousarray(raw.reshape(-1, kind.block_bytes).T)  # [block bytes, n]
    numbers = np.empty(out.shape[::-1], dtype=np.float32)  # [block_len, n]
    kind.decode(columns, numbers)
    out[:] = numbers.T


def dequantise_transposed(kind: TensorType, raw: Bytes, shape: tuple[int, int]) -> Array:
    """A matrix of ``[out, in]`` in the file as float32 ``[in, out]``, without a transposition of float32.

    The model multiplies by ``[in, out]``. Block i of every row together hold rows ``i b`` to ``(i + 1) b`` of that
    matrix, so only the few bytes of the blocks are transposed: a third of the time that turning the result takes.
    """
    if kind.block_len == 1:
        return dequantise(kind, raw, shape).T  # nothing is saved by turning it here; whoever copies it does
    rows, columns = shape
    width = columns // kind.block_len  # blocks in a row
    blocks = raw.reshape(rows, width, kind.block_bytes)
    out = np.empty((width, kind.block_len, rows), dtype=np.float32)
    for i in range(width):
        kind.decode(np.ascontiguousarray(blocks[:, i].T), out[i])
    return out.reshape(columns, rows)
