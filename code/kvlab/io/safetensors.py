"""A checkpoint folder's tensors, in one safetensors file or in shards with an index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.json_fields import Fields, read_object
from kvlab.io.safetensors_file import READABLE, Entry, read_table
from kvlab.model.weights import Array

_SINGLE, _INDEX = "model.safetensors", "model.safetensors.index.json"


class SafetensorsSource:
    """The tensors of a checkpoint folder, in one ``model.safetensors`` or in shards with an index.

    Opening reads tables of contents only. A tensor is read when it is asked for, as float32. Names with
    and without the leading ``model.`` are found, since a model saved without its head leaves that out.

    Parameters
    ----------
    folder : path

    Raises
    ------
    FileNotFoundError
        The folder has neither file, or lacks a shard that its index names.
    ValueError
        A file is cut short or damaged, or the index names a file outside the folder.
    """

    def __init__(self, folder: str | Path) -> None:
        self._entries = dict(_locate(Path(folder)))

    def shape(self, name: str) -> tuple[int, ...] | None:
        """The tensor's shape, or None where the checkpoint has no such tensor.

        Raises
        ------
        UnsupportedModelError
            Its type is one that ``read`` would refuse. A loader that asks for all shapes before it reads
            learns this before it has taken any memory.
        """
        entry = self._find(name)
        if entry is None:
            return None
        if entry.dtype not in READABLE:
            raise UnsupportedModelError(
                f"{name} in {entry.path} is stored as {entry.dtype}; {', '.join(READABLE)} are supported. "
                "Take a copy of the checkpoint that is not quantised."
            )
        return entry.shape

    def read(self, name: str) -> Array:
        """The tensor as float32, in memory of its own.

        Raises
        ------
        KeyError
            The checkpoint has no such tensor.
        UnsupportedModelError
            Its type is not supported.
        """
        return self._entry(name).read()

    def read_into(self, name: str, out: Array) -> None:
        """Write the tensor to its place, a vector or a matrix; raises what ``read`` raises."""
        self._entry(name).read_into(out)

    def _entry(self, name: str) -> Entry:
        entry = self._find(name)
        if entry is None or self.shape(name) is None:
            raise KeyError(f"the checkpoint has no tensor {name}.")
        return entry

    def _find(self, name: str) -> Entry | None:
        return self._entries.get(name) or self._entries.get(name.removeprefix("model."))


def _locate(folder: Path) -> Iterator[tuple[str, Entry]]:
    """Every tensor of the checkpoint, whichever file it is in."""
    if (folder / _SINGLE).is_file() or not (folder / _INDEX).is_file():
        yield from _table(folder / _SINGLE).items()
        return
    shards: dict[str, dict[str, Entry]] = {}
    for name, file in _weight_map(folder / _INDEX).items():
        if file not in shards:
            shards[file] = _table(folder / file)
        if name not in shards[file]:
            raise ValueError(f"{_INDEX} says that {name} is in {file}, which does not hold it: the files do not match.")
        yield name, shards[file][name]


def _weight_map(path: Path) -> dict[str, str]:
    """The index: which file holds each tensor. Only plain names of files beside the index are followed."""
    files = Fields(path.name, read_object(path)).optional_object("weight_map")
    if files is None:
        raise ValueError(f"{path} has no weight_map, which would say where each tensor is; download it again.")
    for name, file in files.items():
        if not isinstance(file, str) or not file.endswith(".safetensors") or set(file) & set("/\\:\0"):
            raise ValueError(
                f"{path} puts {name} in {file!r}; only .safetensors files in the same folder are followed."
            )
    return files


def _table(path: Path) -> dict[str, Entry]:
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no {path.name} in {path.parent}; a checkpoint needs {_SINGLE}, or {_INDEX} and every file that "
            "it names. (A pytorch_model.bin is not read: it is a program. Convert it first.)"
        )
    return read_table(path)
