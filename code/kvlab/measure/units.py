"""Sizes and counts as people write them: ``16GiB`` is not ``16GB``, and a bare ``16`` is neither.

The book's rule holds here, too: k, M, G are powers of 1000, and Ki, Mi, Gi powers of 1024. So ``128k`` tokens are
128,000, and ``128Ki`` are 131,072, whatever a model's card means by "128k".
"""

from __future__ import annotations

import re

_POWERS = {"": 1.0, **{letter: 1000.0 ** (i + 1) for i, letter in enumerate("kmgtp")}}
_POWERS |= {f"{letter}i": 1024.0 ** (i + 1) for i, letter in enumerate("kmgtp")}
_NUMBER = re.compile(r"\s*([0-9][0-9_,]*(?:\.[0-9]*)?|\.[0-9]+)\s*([A-Za-z]*)\s*")


def parse_count(text: str, what: str = "the count", *, billions: bool = False) -> int:
    """A whole number of things: ``4096``, ``128k`` (128,000), ``128Ki`` (131,072).

    Parameters
    ----------
    text : str
    what : str
        What is counted, for the message.
    billions : bool
        Whether ``7.6B`` is 7,600,000,000, as model names mean it; else it looks like bytes and is refused.

    Raises
    ------
    ValueError
        It is no number, has an unknown ending, or does not come out whole.
    """
    number, ending = _split(text, what)
    powers = _POWERS | ({"b": 1e9} if billions else {})
    if ending.lower() not in powers:
        bytes_meant = " These are counted, not sized in bytes." if ending.lower().endswith("b") else ""
        raise ValueError(f"{what} is {text!r}; write 4096, 128k (128,000) or 128Ki (131,072).{bytes_meant}")
    value = number * powers[ending.lower()]
    if abs(value - round(value)) > 1e-6 * max(1.0, value):
        raise ValueError(f"{what} is {text!r}, which is {value:g}; it must be a whole number.")
    return round(value)


def parse_bytes(text: str, what: str = "the size") -> float:
    """A size: ``80GB`` is 80,000,000,000 bytes, ``80GiB`` is 85,899,345,920.

    Raises
    ------
    ValueError
        It has no unit, or one that can be read in two ways (``16``, ``16G``, ``16Gb``).
    """
    number, ending = _split(text, what)
    unit = ending.removesuffix("B") if ending.endswith("B") else ending.removesuffix("b")
    bits = ending.endswith("b") and ending != ending.lower()
    if ending in ("", unit) or bits or unit.lower() not in _POWERS:
        raise ValueError(
            f"{what} is {text!r}; say which bytes: 16GB is 16,000,000,000 of them, 16GiB is 17,179,869,184"
            f"{', and Gb would be bits' if bits else ''}."
        )
    return number * _POWERS[unit.lower()]


def _split(text: str, what: str) -> tuple[float, str]:
    match = _NUMBER.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{what} is {text!r}, which is no number with a unit.")
    return float(re.sub("[_,]", "", match[1])), match[2]


def binary(n_bytes: float) -> str:
    """Write bytes in KiB, MiB, GiB or TiB, three digits: ``15.6 GiB``."""
    return _shown(n_bytes, 1024.0, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"))


def decimal(n_bytes: float) -> str:
    """Write bytes in KB, MB, GB or TB, three digits: ``16.8 GB``."""
    return _shown(n_bytes, 1000.0, ("B", "KB", "MB", "GB", "TB", "PB"))


def _shown(n_bytes: float, base: float, units: tuple[str, ...]) -> str:
    size, i = float(n_bytes), 0
    while abs(size) >= base and i < len(units) - 1:
        size, i = size / base, i + 1
    digits = 0 if i == 0 or size >= 1000 else max(0, 2 - len(str(int(abs(size)))) + 1)
    return f"{size:,.{digits}f} {units[i]}"
