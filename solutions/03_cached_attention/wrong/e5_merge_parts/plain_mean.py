"""You give all parts the same weight. A part with large scores, or with many keys, must count for more."""

import numpy as np


def merge_parts(outputs, lses):
    seen = np.isfinite(lses)
    kept = np.where(seen[..., None], outputs, 0).sum(axis=0)
    top = np.where(seen, lses, 0).max(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return kept / np.maximum(seen.sum(axis=0), 1)[..., None], top + np.log(np.exp(lses - top).sum(axis=0))
