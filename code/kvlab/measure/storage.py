"""How numbers are stored: so many bits each, and a scale for each group of them.

A name says both. ``int4`` is four bits and nothing else, as most published figures count; ``int4@64`` adds, for
every 64 numbers, the fp16 scale and offset without which nobody can read them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

_PLAIN = {
    "fp32": 32, "f32": 32, "float32": 32, "fp16": 16, "f16": 16, "float16": 16, "half": 16, "bf16": 16,
    "bfloat16": 16, "fp8": 8, "fp8_e4m3": 8, "fp8_e5m2": 8, "float8": 8, "e4m3": 8, "e5m2": 8, "fp4": 4,
}  # fmt: skip
# bits, numbers that share a scale, bytes of the scale: llama.cpp's blocks, and the microscaling formats
_BLOCKS = {
    "q8_0": (8, 32, 2), "q5_1": (5, 32, 4), "q5_0": (5, 32, 2), "q4_1": (4, 32, 4), "q4_0": (4, 32, 2),
    "mxfp8": (8, 32, 1), "mxfp4": (4, 32, 1), "nvfp4": (4, 16, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Storage:
    """A number format.

    Attributes
    ----------
    name : str
        As it was asked for.
    bits : float
        Of one number.
    group, scale_bytes : int
        Every ``group`` numbers share ``scale_bytes`` more; 0 where there is no such overhead.
    """

    name: str
    bits: float
    group: int = 0
    scale_bytes: int = 0

    def row_bytes(self, n_numbers: int) -> float:
        """Bytes of one row of numbers, scales included; a row's last group may be short."""
        groups = math.ceil(n_numbers / self.group) if self.group else 0
        return n_numbers * self.bits / 8 + groups * self.scale_bytes

    @property
    def remark(self) -> str:
        """What the name leaves out, if anything."""
        if self.bits >= 8 or self.group:
            return ""
        return f"{self.name} counts no scales; {self.name}@64 adds an fp16 scale and offset for every 64 numbers"


def storage(name: str) -> Storage:
    """The number format of that name.

    Parameters
    ----------
    name : str
        ``fp32``, ``bf16``, ``fp8``, ``int8``, ``int4``, or any ``int3``; with ``@64`` behind it, groups of 64
        share scales (fp32 for fp8, fp16 and an offset for integers). Or a block format: ``q8_0``, ``mxfp4``.

    Raises
    ------
    ValueError
        Nobody knows it.
    """
    wanted, at, behind = name.strip().lower().partition("@")
    if at and not (behind.isdecimal() and int(behind)):
        raise ValueError(f"the number format is {name!r}; behind @ stands how many numbers share a scale: int4@64.")
    group = int(behind or 0)
    if wanted in _BLOCKS and not behind:
        return Storage(wanted, *_BLOCKS[wanted])
    if wanted in _PLAIN:
        return Storage(name, _PLAIN[wanted], group, 4 if group else 0)
    if (integer := re.fullmatch(r"u?int([1-9]|1[0-6])", wanted)) is not None:
        return Storage(name, int(integer[1]), group, 4 if group else 0)
    known = ["fp32", "fp16", "bf16", "fp8", "int8", "int4", "fp8@128", "int4@64", *_BLOCKS]
    raise ValueError(f"there is no number format {name!r}; try {', '.join(known)}.")


def key_and_value(names: str) -> tuple[Storage, Storage]:
    """Two formats from ``fp8`` (both alike) or ``fp8,int4@64`` (keys, values)."""
    parts = [part for part in names.split(",") if part.strip()]
    if len(parts) not in (1, 2):
        raise ValueError(f"the number format is {names!r}; give one, or two with a comma between: keys,values.")
    return storage(parts[0]), storage(parts[-1])
