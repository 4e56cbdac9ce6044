"""Writes small GGUF files for tests: the format's definition read from the other side."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

F32, F16, Q4_0, Q4_1, Q8_0, BF16 = 0, 1, 2, 3, 8, 30


def string(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def value(content: Any) -> bytes:
    """A setting's type number and value: bool, int (u32 or i64), float (f32), str, or a list of one of these."""
    if isinstance(content, list):
        entries = [value(entry) for entry in content] or [value(0)]
        kind = entries[0][:4]
        return (
            struct.pack("<I", 9)
            + kind
            + struct.pack("<Q", len(content))
            + b"".join(entry[4:] for entry in entries[: len(content)])
        )
    if isinstance(content, str):
        return struct.pack("<I", 8) + string(content)
    if isinstance(content, bool):
        return struct.pack("<I?", 7, content)
    if isinstance(content, float):
        return struct.pack("<If", 6, content)
    return struct.pack("<II", 4, content) if content >= 0 else struct.pack("<Iq", 11, content)


def gguf_bytes(
    metadata: Mapping[str, Any],
    tensors: Sequence[tuple[str, int, tuple[int, ...], bytes]] = (),
    *,
    version: int = 3,
    alignment: int = 32,
) -> bytes:
    """A whole file; each tensor is (name, type number, shape with rows first, bytes)."""
    front = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    front += b"".join(string(name) + value(content) for name, content in metadata.items())
    body = b""
    for name, kind, shape, raw in tensors:
        body += bytes(-len(body) % alignment)
        front += string(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *reversed(shape))
        front += struct.pack("<IQ", kind, len(body))
        body += raw
    return front + bytes(-len(front) % alignment) + body


def f32(name: str, array: np.ndarray) -> tuple[str, int, tuple[int, ...], bytes]:
    return name, F32, array.shape, array.astype("<f4").tobytes()


def write(path: Path, *args: Any, **options: Any) -> Path:
    path.write_bytes(gguf_bytes(*args, **options))
    return path
