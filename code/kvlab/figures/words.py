"""How figures write tokens and numbers."""

from __future__ import annotations


def shown(token: str, width: int = 11) -> str:
    """Write a token so that it can be read in one short line: white space becomes visible."""
    bare = token.strip(" ").replace("\n", "↵").replace("\t", "⇥").replace("\r", "↵") or "␣"
    return bare if len(bare) <= width else bare[: width - 1] + "…"


def in_rows(count: int) -> str:
    """Count rows."""
    return "1 row" if count == 1 else f"{count:,} rows"


def percent(share: float) -> str:
    """Write a share as a whole per cent, or say that it is less than one."""
    return "under 1%" if 0 < share < 0.01 else f"{100 * share:.0f}%"


def in_digits(number: float) -> str:
    """Write a number with three digits, or with all of its whole part."""
    return f"{number:,.0f}" if number >= 99.95 else f"{number:.3g}"


def in_words(count: float) -> str:
    """Write a large number with a word for its size: ``1.2 trillion``."""
    for size, word in ((1e15, "quadrillion"), (1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= size:
            return f"{in_digits(count / size)} {word}"
    return f"{count:,.0f}"
