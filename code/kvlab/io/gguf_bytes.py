"""The bytes of a GGUF file's front part: numbers, strings and lists, each checked against the file's end."""

from __future__ import annotations

import mmap
import struct
from typing import Any

_STRING, _ARRAY = 8, 9
_SCALARS: dict[int, str] = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip

# every tensor type that the format has a number for, so that one that is not read can be refused by its name
GGML_TYPE_NAMES: dict[int, str] = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 4: "Q4_2", 5: "Q4_3", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1",
    10: "Q2_K", 11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS",
    18: "IQ3_XXS", 19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16",
    26: "I32", 27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8",
    34: "TQ1_0", 35: "TQ2_0", 36: "IQ4_NL_4_4", 37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8", 39: "MXFP4", 40: "NVFP4",
    41: "Q1_0",
}  # fmt: skip


class GgufError(ValueError):
    """The file is not a GGUF file, or is damaged."""


class Cursor:
    """A position in the mapped file; every step forward is checked against its end."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self.at = 0

    def expect(self, nbytes: int, what: str) -> None:
        """Refuse a count that the rest of the file cannot hold, before memory is taken for it."""
        if nbytes > (left := len(self._mapped) - self.at):
            raise GgufError(f"the file is cut short or damaged: {what} cannot fit in the {left:,} bytes left.")

    def take(self, nbytes: int) -> bytes:
        """The next bytes, copied."""
        self.expect(nbytes, f"{nbytes:,} bytes")
        self.at += nbytes
        return self._mapped[self.at - nbytes : self.at]

    def number(self, form: str) -> Any:
        """The next number, in ``struct``'s notation."""
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def string(self) -> str:
        """The next string: a u64 length, then UTF-8."""
        raw = self.take(self.number("<Q"))
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise GgufError(f"a string is not UTF-8: {raw[:40]!r}. The file is damaged.") from None

    def value(self, type_id: int) -> Any:
        """The next setting's value, whose type number has been read."""
        if type_id == _STRING:
            return self.string()
        if type_id == _ARRAY:
            return self._array(self.number("<I"), self.number("<Q"))
        if type_id in _SCALARS:
            return self.number(_SCALARS[type_id])
        raise GgufError(f"a setting has type {type_id}, which GGUF does not know. The file is damaged.")

    def _array(self, type_id: int, length: int) -> list[Any]:
        if type_id == _STRING:
            self.expect(8 * length, f"{length} strings")
            return self._strings(length)
        if type_id not in _SCALARS:
            raise GgufError(f"a list of type {type_id}; lists of numbers and strings are read, lists of lists not.")
        form = _SCALARS[type_id]
        raw = self.take(length * struct.calcsize(form))
        return list(struct.unpack(f"<{length}{form[1]}", raw))

    def _strings(self, length: int) -> list[str]:
        """A list of strings. Vocabularies hold hundreds of thousands, so this loop calls nothing it can spare."""
        mapped, at, end, found = self._mapped, self.at, len(self._mapped), []
        for _ in range(length):
            start = at + 8
            at = start + int.from_bytes(mapped[at:start], "little")
            if at > end:
                self.expect(at - self.at, f"a list of {length} strings")
            found.append(mapped[start:at])
        self.at = at
        try:
            return [raw.decode() for raw in found]
        except UnicodeDecodeError as error:
            raise GgufError(f"a string is not UTF-8: {error.object[:40]!r}. The file is damaged.") from None
