"""Read a GGUF file: one file that holds a model's settings, tokenizer and weights.

The file is memory-mapped and read by NumPy alone. The published ``gguf`` package reads the same files, but takes
2.6 s and 1.1 GB to do for SmolLM2 what takes this reader 0.6 s and less than 1 GiB: a book that opens a
model in every chapter wants the difference.

Layout, little-endian throughout::

    "GGUF"  version u32  tensors u64  settings u64
    settings:  name, type u32, value
    tensors:   name, dimensions u32, length u64 each (fastest first), type u32, offset u64
    padding to the alignment, then the tensors' bytes; offsets count from here

Source: the GGUF specification in the GGML repository, versions 2 and 3.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.gguf_bytes import GGML_TYPE_NAMES, Cursor, GgufError
from kvlab.io.quants import TENSOR_TYPES, TensorType


@dataclass(frozen=True)
class TensorInfo:
    """One line of the tensor table.

    Attributes
    ----------
    name : str
    type_name : str
        ``"Q4_1"``, ``"F32"``, …
    shape : tuple of int
        Rows first, as NumPy counts (the file lists the fastest dimension first).
    offset : int
        Where its bytes start, counted from the start of the file.
    """

    name: str
    type_name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def kind(self) -> TensorType:
        """How to decode it; UnsupportedModelError names a type that this package does not read."""
        if self.type_name not in TENSOR_TYPES:
            raise UnsupportedModelError(
                f"tensor {self.name} is of type {self.type_name}, which is not supported; "
                f"{', '.join(TENSOR_TYPES)} are. Choose another quantisation of the same model."
            )
        return TENSOR_TYPES[self.type_name]


@dataclass(frozen=True)
class GgufFile:
    """An open GGUF file: its settings, its tensor table, and bytes on request.

    Attributes
    ----------
    path : Path
    metadata : mapping
        Settings by name; numbers, booleans, strings, and lists of them.
    tensors : mapping
        ``TensorInfo`` by name.
    """

    path: Path
    metadata: Mapping[str, Any]
    tensors: Mapping[str, TensorInfo]
    _mapped: mmap.mmap

    def raw(self, name: str) -> NDArray[np.uint8]:
        """The bytes of one tensor, as a view of the mapped file."""
        info = self.tensors[name]
        return np.frombuffer(self._mapped, np.uint8, info.kind.nbytes(info.shape), info.offset)

    def release(self, name: str) -> None:
        """Let the system have the memory back that a tensor's bytes took; they are read again if asked for again."""
        if not hasattr(self._mapped, "madvise"):  # Windows, where the file's pages stay until they are wanted
            return
        info = self.tensors[name]
        start = info.offset // mmap.PAGESIZE * mmap.PAGESIZE
        end = info.offset + info.kind.nbytes(info.shape)
        self._mapped.madvise(mmap.MADV_DONTNEED, start, end - start)


def open_gguf(path: str | PathLike[str]) -> GgufFile:
    """Map a GGUF file and read its settings and tensor table; no tensor is touched.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    GgufError
        Not a GGUF file of version 2 or 3, big-endian, cut short, or damaged.
    """
    path = Path(path)
    with path.open("rb") as file:
        if path.stat().st_size < 4:
            raise GgufError(f"{path} is no GGUF file: it has fewer than 4 bytes.")
        # a mapping stays readable when the file is replaced under its name, which is how downloads replace it
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    try:
        return _parse(path, mapped)
    except GgufError as error:
        raise GgufError(f"{path}: {error}") from None


def _parse(path: Path, mapped: mmap.mmap) -> GgufFile:
    cursor = Cursor(mapped)
    n_tensors, n_settings = _read_header(cursor)
    metadata: dict[str, Any] = {}
    for _ in range(n_settings):
        name = cursor.string()
        if name in metadata:
            raise GgufError(f"the setting {name} occurs twice.")
        metadata[name] = cursor.value(cursor.number("<I"))
    table = [_read_tensor_info(cursor) for _ in range(n_tensors)]
    start = _data_start(cursor.at, metadata)
    tensors = {info.name: _placed(info, start, len(mapped)) for info in table}
    if len(tensors) != n_tensors:
        raise GgufError("two tensors have the same name.")
    return GgufFile(path, metadata, tensors, mapped)


def _read_header(cursor: Cursor) -> tuple[int, int]:
    if (magic := cursor.take(4)) != b"GGUF":
        raise GgufError(f"not a GGUF file: it starts with {bytes(magic)!r}, not b'GGUF'.")
    version = cursor.number("<I")
    if version & 0xFFFF == 0 and version:
        raise GgufError("a big-endian GGUF file; only little-endian ones are read. Convert the model anew.")
    if version not in (2, 3):
        raise GgufError(f"GGUF version {version}; versions 2 and 3 are read. Convert the model anew.")
    n_tensors, n_settings = cursor.number("<Q"), cursor.number("<Q")
    # the shortest entries that could be: their count tells a damaged header before anything is read
    cursor.expect(n_tensors * 24 + n_settings * 13, f"{n_tensors} tensors and {n_settings} settings")
    return n_tensors, n_settings


def _read_tensor_info(cursor: Cursor) -> TensorInfo:
    name, n_dims = cursor.string(), cursor.number("<I")
    if n_dims > 4:
        raise GgufError(f"tensor {name} claims {n_dims} dimensions; there can be 4 at most. The file is damaged.")
    lengths = [cursor.number("<Q") for _ in range(n_dims)]
    type_id, offset = cursor.number("<I"), cursor.number("<Q")
    type_name = GGML_TYPE_NAMES.get(type_id, f"number {type_id}")
    return TensorInfo(name, type_name, tuple(reversed(lengths)), offset)


def _data_start(end_of_table: int, metadata: Mapping[str, Any]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1:
        raise GgufError(f"general.alignment is {alignment!r}; it must be a positive number of bytes.")
    return -(-end_of_table // alignment) * alignment


def _placed(info: TensorInfo, data_start: int, file_size: int) -> TensorInfo:
    """The tensor with its place in the file, which must hold it whole."""
    start = data_start + info.offset
    nbytes = 0  # of a type that is not known, only the start can be checked; reading it is refused by name
    if info.type_name in TENSOR_TYPES:
        try:
            nbytes = info.kind.nbytes(info.shape)
        except ValueError as error:
            raise GgufError(f"tensor {info.name}: {error}") from None
    if start + nbytes > file_size:
        raise GgufError(
            f"the file is cut short or damaged: tensor {info.name} should end at byte {start + nbytes:,} of "
            f"{file_size:,}. Download it again."
        )
    return TensorInfo(info.name, info.type_name, info.shape, start)
