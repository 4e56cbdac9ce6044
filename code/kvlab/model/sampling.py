"""From logits to a token: greedy, or at random by temperature, top-k and top-p."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Sampler = Callable[[Array], int]  # logits [V] to a token id


def greedy(logits: Array) -> int:
    """The likeliest token; of several equally likely ones, the first.

    Parameters
    ----------
    logits : array ``[V]``

    Raises
    ------
    ValueError
        Logits that are not one row of numbers; argmax would call a NaN the likeliest.
    """
    return int(np.argmax(_checked(logits)))


def sampler(
    *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None, generator: np.random.Generator
) -> Sampler:
    """A function that draws tokens.

    Parameters
    ----------
    temperature : float, >= 0
        Divides the logits; 0 is greedy.
    top_k : int, optional
        Only the k likeliest tokens may be drawn.
    top_p : float in (0, 1], optional
        Only the likeliest tokens whose probabilities, taken after ``top_k``, first reach p: always at
        least one. Holtzman et al. 2020, arXiv:1904.09751.
    generator : numpy Generator
        The only source of chance. The same generator state and logits draw the same token.

    Returns
    -------
    callable, logits ``[V]`` to int

    Raises
    ------
    ValueError
        A parameter out of its range.
    """
    if not 0 <= temperature < float("inf"):
        raise ValueError(f"temperature is {temperature}: give 0 (greedy) or a positive number.")
    if top_k is not None and top_k < 1:
        raise ValueError(f"top_k is {top_k}: at least one token must remain.")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}: it is a share of the probability, above 0 and up to 1.")
    if temperature == 0:
        return greedy

    def draw(logits: Array) -> int:
        tokens, probabilities = candidates(logits, temperature=temperature, top_k=top_k, top_p=top_p)
        return int(generator.choice(tokens, p=probabilities))

    return draw


def candidates(
    logits: Array, *, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The tokens that may be drawn, likeliest first, and their probabilities, which add up to one.

    Probabilities are float64, because their float32 sum over a large vocabulary misses one by more than
    a draw tolerates.
    """
    scaled = _checked(logits).astype(np.float64) / temperature
    order = np.argsort(-scaled, kind="stable")[:top_k]
    weights = np.exp(scaled[order] - scaled[order[0]])
    probabilities = weights / weights.sum()
    if top_p is not None and top_p < 1:  # 1 keeps all, whatever their sum rounds to
        before = np.cumsum(probabilities) - probabilities  # probability of all likelier tokens
        kept = max(1, int(np.count_nonzero(before < top_p)))
        order, probabilities = order[:kept], probabilities[:kept] / probabilities[:kept].sum()
    return order, probabilities


def _checked(logits: Array) -> Array:
    if logits.ndim != 1 or logits.size == 0:
        raise ValueError(f"logits are {list(logits.shape)}; give one row, [V], of the position to sample from.")
    if np.isnan(logits).any():
        raise ValueError("the logits hold NaN: no token can be chosen from them.")
    return logits
