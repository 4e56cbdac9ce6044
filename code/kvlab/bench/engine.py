"""What every engine in the comparison can do, whatever it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Stepper(Protocol):
    """What can make a decode step."""

    def fill(self, n_tokens: int) -> None:
        """Bring the cache to ``n_tokens``, off the clock."""
        ...

    def step(self) -> float:
        """Seconds of a decode step, whose token is forgotten again."""
        ...


class Engine(Stepper, Protocol):
    """One model with one sequence in its cache, and a clock around the part that counts.

    An engine times itself, from the call that a user of it would make to the moment at which the logits can be read.
    """

    def greedy(self, prompt_ids: Sequence[int], n: int) -> list[int]:
        """The n tokens that follow the prompt, each the one with the largest logit."""
        ...

    def logits(self, token_ids: Sequence[int]) -> list[float]:
        """What follows the last of these tokens: ``[V]``."""
        ...

    def prefill(self, token_ids: Sequence[int]) -> float:
        """Seconds from these tokens and an empty cache to the logits of the last one."""
        ...

    def versions(self) -> dict[str, str]:
        """Of the packages that do the work."""
        ...


def prompt(n_tokens: int, vocab_size: int) -> list[int]:
    """The same tokens for every engine: a fixed walk through the vocabulary."""
    return [(7 + 31 * i) % min(vocab_size, 20_000) for i in range(n_tokens)]
