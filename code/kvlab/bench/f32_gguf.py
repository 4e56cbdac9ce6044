"""A GGUF file with all its tensors as F32, so that llama.cpp computes with the same numbers as everybody else."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write_f32(source: Path, target: Path) -> Path:
    """Copy a GGUF file, its tensors widened to F32; a copy that is there already is kept.

    The ``gguf`` package reads, widens and writes: none of this book's own code has a say in it.
    """
    if target.exists():
        return target
    import gguf

    reader: Any = gguf.GGUFReader(source)
    draft = target.with_suffix(".part")
    writer: Any = gguf.GGUFWriter(draft, reader.fields["general.architecture"].contents())
    for name, entry in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind = entry.types[0]
        writer.add_key_value(name, entry.contents(), kind, entry.types[-1] if len(entry.types) > 1 else None)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype("float32"))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    draft.replace(target)
    return target
