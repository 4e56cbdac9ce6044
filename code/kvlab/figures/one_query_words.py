"""What `one_query` shows, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kvlab.figures.words import shown

Floats = NDArray[np.float64]

NAMES = ("1: the query", "2: scores", "3: weights", "4: the sum", "5: all queries", "6: the next token")


def signed(number: float, digits: int) -> str:
    """Write a number with a minus that is as wide as a plus, and no minus before zero."""
    return f"{round(float(number), digits) + 0.0:.{digits}f}".replace("-", "−")


def captions(tokens: Sequence[str], scores: Floats, weights: Floats, mixed: Floats) -> list[str]:
    """Say what each frame adds; arrays ``[T, T]`` and the sum ``[D]``."""
    me, best = shown(tokens[-1], 30), shown(tokens[int(scores[-1].argmax())], 30)
    n, sums = len(tokens), ", ".join(signed(number, 1) for number in mixed)
    top = f"{signed(scores[-1].max(), 2)}, is with “{best}”"
    return [
        f"“{me}” asks with its query. Each token up to and including “{me}” has left a key and a value.",
        f"The query times each key, divided by √{len(mixed)}: one score a token. The highest, {top}.",
        f"The softmax makes weights of the scores: none negative, together 1. “{best}” gets {weights[-1].max():.2f}.",
        f"The values, each times its weight, are added up to {sums}: what “{me}” has gathered.",
        f"All {n} queries at once, a row each. None sees a later key (dashed): {n * (n + 1) // 2} weights of {n * n}.",
        f"The next token brings its own query. Of these {n} tokens it needs the keys and the values, and nothing else.",
    ]


def description(tokens: Sequence[str], weights: Floats) -> str:
    """Say what all frames show together."""
    gets = ", ".join(f"{shown(token, 30)} {weight:.2f}" for token, weight in zip(tokens, weights[-1], strict=True))
    return (
        f"The query of the last of {len(tokens)} tokens meets one key for each token. The weights are {gets}. "
        "Every query before it does the same with the keys up to its own. A later token reads keys and values only."
    )
