"""4.2 Top-p, row by row"""

import numpy as np


def top_p_filter(logits: np.ndarray, p: float) -> np.ndarray:
    """A token goes if all likelier ones together have reached p without it; the likeliest has none before it."""
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}: it is a share of the probability, above 0 and at most 1.")
    if p == 1:  # a rounded sum can reach 1 too early
        return logits.copy()
    rows = np.arange(len(logits))[:, None]
    order = np.argsort(-logits, kind="stable")  # [B, V], the likeliest first
    likeliest_first = logits[rows, order].astype(np.float64)
    weights = np.exp(likeliest_first - likeliest_first[:, :1])
    before = np.cumsum(weights, axis=1) - weights
    kept = before < p * weights.sum(axis=1, keepdims=True)
    filtered = np.empty_like(logits)
    filtered[rows, order] = np.where(kept, likeliest_first, -np.inf)
    return filtered
