"""3.5 Merge the parts"""

import numpy as np


def merge_parts(outputs: np.ndarray, lses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares relative to the largest lse: one of them is 1, so nothing overflows and not all vanish."""
    top = np.maximum(lses.max(axis=0), np.finfo(lses.dtype).min)  # [H, N]; minus infinity minus itself would be NaN
    shares = np.exp(lses - top)  # [S, H, N], 0 where a part saw nothing
    total = shares.sum(axis=0)  # [H, N], 0 where no part saw anything, else at least 1
    weighted = np.where(shares[..., None] > 0, shares[..., None] * outputs, 0)  # 0 times NaN would be NaN
    merged = weighted.sum(axis=0) / np.maximum(total, 1)[..., None]  # [H, N, D]
    return merged, np.logaddexp.reduce(lses)  # over the parts
