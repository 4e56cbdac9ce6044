"""Shape comments are promises: every one that runs is compared with the arrays it speaks of."""

from pathlib import Path

import numpy as np
import pytest

from kvlab import CachedMultiHeadAttention, ConcatCache, KVCache, RopeConfig, Transformer
from kvlab.cache.base import Segment
from kvlab.model.attention import attend, attention_weights
from registry import GROUPED, tokens
from shape_comments import PACKAGE, ShapeWatch, commented, size

CONFIG = GROUPED.with_(qk_norm=True, windows=(None, 4, 4))  # L 3, E 24, H 6, H_kv 2, G 3, D 10, M 28, V 50


def run_everything() -> None:
    """Prefill, chunk, decode, batch, several segments: each function that has a shape comment."""
    model, text = Transformer.random(CONFIG), tokens(CONFIG, 70)
    contiguous, concat = KVCache.for_model(CONFIG, 80), ConcatCache.for_model(CONFIG)
    for cache in (contiguous, concat):
        model.forward(text[:66], cache)
        model.forward(text[66:69], cache)
        model.forward(text[69:], cache)
    model.forward_batch([(text[:2], contiguous), (text[:1], concat)], last_only=True)
    contiguous.fork().truncate(3)
    layer = CachedMultiHeadAttention(24, 6, n_kv_heads=2, head_dim=10, rope=RopeConfig())
    layer(np.ones((5, 24), np.float32))
    keys = np.ones((2, 7, 10), np.float32)
    split = [Segment(keys[:, :3], keys[:, :3]), Segment(keys[:, 3:], keys[:, 3:], np.arange(3, 7))]
    queries = np.ones((6, 2, 10), np.float32)
    attend(queries, split, np.array([5, 6]))
    attention_weights(queries, split, np.array([5, 6]))


def test_every_shape_comment_that_runs_is_true():
    with ShapeWatch(CONFIG) as watch:
        run_everything()
    assert not watch.wrong, "\n".join(sorted(set(watch.wrong)))
    promised = {
        f"{path.name}:{line}" for folder in ("model", "cache") for path in (PACKAGE / folder).glob("*.py")
        for line in commented(path)
    }  # fmt: skip
    # no arrays; test_threaded.py; test_compiled.py; no frames in compiled code
    elsewhere = ("weights.py", "threaded.py", "compiled.py", "kernels.py")
    unchecked = {place for place in promised - watch.checked if not place.startswith(elsewhere)}
    assert not unchecked, f"shape comments that no test runs: {sorted(unchecked)}"
    assert len(watch.checked) >= 12


def test_a_wrong_comment_is_caught(tmp_path: Path):
    """The watch itself must be able to fail."""
    watch = ShapeWatch(CONFIG)
    path, free = str(PACKAGE / "model" / "ops.py"), {}
    watch.compare(path, 1, "x", np.ones((2, 9, 10)), ["H_kv", "T", "D"], free)
    assert not watch.wrong and free == {"T": 9}
    for shape in [(2, 8, 10), (3, 9, 10), (2, 9), (2, 9, 10, 1)]:
        watch.wrong.clear()
        watch.compare(path, 1, "x", np.ones(shape), ["H_kv", "T", "D"], free)
        assert watch.wrong, shape


@pytest.mark.parametrize(
    ("dimension", "value"),
    [("D", 10), ("2 M", 56), ("D / 2", 5), ("D/2", 5), ("(H + 2 H_kv) D", 100), ("H D", 60), ("N", None), ("1", 1)],
)
def test_dimensions_are_read(dimension, value):
    assert size(dimension, ShapeWatch(CONFIG).known) == value
