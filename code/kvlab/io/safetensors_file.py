"""The safetensors format: a length, a table of contents in JSON, and the tensors' bytes, one after another.

    bytes 0 .. 7        n, the length of the table, little-endian
    bytes 8 .. 8+n      {"model.norm.weight": {"dtype": "BF16", "shape": [576], "data_offsets": [0, 1152]}, ...}
    bytes 8+n ..        the data; offsets count from here

It is read by hand because that is less code than the way round it: NumPy has no bfloat16, so the format's own
library hands such tensors out only with another library beside it. Checkpoints are files from strangers, so
every number in the table is checked against the file before any is used.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kvlab.model.weights import Array

_LONGEST_TABLE = 100_000_000  # bytes; the limit of the format's own library
_CHUNK = 1 << 16  # numbers read at a time on the way to their place
_BF16 = np.dtype("<u2")  # the upper half of a float32, held as an integer
READABLE: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"), "F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": _BF16,
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Where one tensor lies, and as what.

    Attributes
    ----------
    path : Path
    dtype : str
        The format's name for it; only those in ``READABLE`` can be read.
    shape : tuple of int
    start, nbytes : int
        Its bytes in the file.
    """

    path: Path
    dtype: str
    shape: tuple[int, ...]
    start: int
    nbytes: int

    def read(self) -> Array:
        """The numbers as float32, in memory of their own."""
        return self._numbers(0, math.prod(self.shape)).reshape(self.shape)

    def read_into(self, out: Array) -> None:
        """Write a vector or a matrix to its place, some rows at a time."""
        width = math.prod(self.shape[1:])
        step = max(1, _CHUNK // max(1, width))
        for first in range(0, self.shape[0], step):
            place = out[first : first + step]
            place[...] = self._numbers(first * width, place.size).reshape(place.shape)

    def _numbers(self, first: int, count: int) -> Array:
        """Some of the numbers.

        The file is read, not mapped: a mapped file's pages count as the process's memory, so that loading would
        seem to take, and on a small machine would take, the size of the file once more.
        """
        dtype = READABLE[self.dtype]
        return _as_float32(np.fromfile(self.path, dtype, count, offset=self.start + first * dtype.itemsize))


def _as_float32(stored: np.ndarray[Any, Any]) -> Array:
    """Float32 itself is not copied; bfloat16 is a float32 without the lower half of its fraction."""
    if stored.dtype != _BF16:
        return stored.astype(np.float32, copy=False)
    widened = stored.astype(np.uint32)
    widened <<= 16
    return widened.view(np.float32)


def read_table(path: Path) -> dict[str, Entry]:
    """One file's table of contents, every entry checked; no tensor is read.

    Raises
    ------
    ValueError
        The file is cut short or damaged; the message says where.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if size < 8 or length > min(size - 8, _LONGEST_TABLE):
            raise ValueError(f"{path} is cut short or no safetensors file ({size} bytes); download it again.")
        try:
            table = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} has a damaged table of contents ({error}); download it again.") from error
    if not isinstance(table, dict):
        raise ValueError(f"{path} has a table of contents that is no object; download it again.")
    return {n: _entry(path, n, item, 8 + length, size) for n, item in table.items() if n != "__metadata__"}


def _entry(path: Path, name: str, item: Any, data_start: int, size: int) -> Entry:
    """One line of the table, refused unless its numbers agree with each other and with the file."""
    try:
        dtype, shape, (start, stop) = item["dtype"], item["shape"], item["data_offsets"]
        counts_only = all(type(n) is int and n >= 0 for n in (*shape, start, stop))
    except (TypeError, KeyError, ValueError):
        counts_only = False
    if not counts_only or not isinstance(dtype, str):
        raise ValueError(f"{path} describes {name} as {item!r}, which makes no sense; download it again.")
    if not start <= stop <= size - data_start:
        raise ValueError(
            f"{path} is cut short: {name} should end at byte {data_start + stop}, and the file has {size}. "
            "Download it again."
        )
    if dtype in READABLE and stop - start != math.prod(shape) * READABLE[dtype].itemsize:
        raise ValueError(f"{path} gives {name} {stop - start} bytes, which is not {dtype} {shape}; download it again.")
    return Entry(path, dtype, tuple(shape), data_start + start, stop - start)
