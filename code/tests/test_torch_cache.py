"""The page of PyTorch in chapter 6 is the same cache as ours: same rows, same attention, step by step."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from kvlab import KVCache
from kvlab.model.attention import attend

PAGE = Path(__file__).resolve().parents[1] / "examples" / "torch_cache.py"
LAYERS, HEADS, KV_HEADS, DIM, ROOM = 2, 6, 2, 8, 40


def page():
    spec = importlib.util.spec_from_file_location("torch_cache", PAGE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.live_oracle
@pytest.mark.parametrize("chunks", [[17, 1, 1, 1], [5, 7, 1, 6], [1] * 9, [20]])
def test_torch_and_numpy_caches_agree_at_every_step(chunks):
    import torch

    theirs, rng = page(), np.random.default_rng(0)
    cache, twin = KVCache(ROOM, LAYERS, KV_HEADS, DIM), theirs.KVCache(ROOM, LAYERS, KV_HEADS, DIM)
    for n in [*chunks, "back", 3]:
        if n == "back":
            cache.truncate(4)
            twin.truncate(4)
            continue
        for layer in range(LAYERS):
            q, k, v = (rng.normal(size=(h, n, DIM)).astype(np.float32) for h in (HEADS, KV_HEADS, KV_HEADS))
            segments = cache.update(layer, k, v)
            positions = np.arange(cache.position, cache.position + n)
            ours = attend(q, segments, positions)
            keys, values = twin.update(layer, torch.from_numpy(k), torch.from_numpy(v))
            assert np.array_equal(keys.numpy(), segments[0].keys) and np.array_equal(values.numpy(), segments[0].values)
            out = theirs.attend(torch.from_numpy(q), keys, values)
            # both sum at most ROOM products of fp32 numbers of size 1: 40 * 2**-24 and some
            np.testing.assert_allclose(out.numpy(), ours, atol=1e-5)
        cache.advance(n)
        twin.advance(n)
        assert cache.position == twin.position


@pytest.mark.live_oracle
def test_the_shortcut_that_the_comment_warns_of_is_wrong():
    import torch

    theirs, rng = page(), np.random.default_rng(1)
    q, k, v = (torch.from_numpy(rng.normal(size=(h, n, DIM)).astype(np.float32)) for h, n in ((2, 3), (2, 9), (2, 9)))
    right = theirs.attend(q, k, v)
    shortcut = torch.nn.functional.scaled_dot_product_attention(q[None], k[None], v[None], is_causal=True)[0]
    assert (right - shortcut).abs().max() > 0.1


@pytest.mark.live_oracle
def test_torch_cache_refuses_what_does_not_fit():
    import torch

    cache = page().KVCache(2, 1, 1, 4)
    with pytest.raises(ValueError, match="3 more do not fit"):
        cache.update(0, torch.zeros(1, 3, 4), torch.zeros(1, 3, 4))
    with pytest.raises(ValueError, match=r"truncate\(1\)"):
        cache.truncate(1)
