"""Going back to where two texts part: never too far, never not far enough, and always a token left to read."""

import numpy as np
import pytest

from kvlab import KVCache, Transformer, generate_cached
from kvlab.model.reuse import common_prefix, rewind
from registry import CACHES, GROUPED, tokens

MODEL = Transformer.random(GROUPED, seed=5)
HELD = tokens(GROUPED, 12)


def test_common_prefix_is_an_equal_beginning_and_not_what_is_equal_later():
    assert common_prefix([1, 2, 3, 4], [1, 2, 9, 4]) == 2
    assert common_prefix([9, 2, 3], [1, 2, 3]) == 0
    assert common_prefix([1, 2], [1, 2, 3]) == common_prefix([1, 2, 3], [1, 2]) == 2
    assert common_prefix([], [1]) == 0


@pytest.mark.parametrize("make_cache", CACHES.values(), ids=list(CACHES))
@pytest.mark.parametrize(
    ("new", "kept"),
    [
        ([*HELD, 3, 4], 12),  # the conversation went on
        ([*HELD[:7], (HELD[7] + 1) % 50, 4], 7),  # it was edited
        (HELD, 11),  # the same again: the last token has to be read for its logits
        (HELD[:5], 4),
        ([(HELD[0] + 1) % 50, *HELD[1:]], 0),
    ],
)
def test_the_rest_continues_as_if_nothing_had_been_held(make_cache, new, kept):
    cache = make_cache(GROUPED, 40)
    MODEL.forward(HELD, cache)
    rest = rewind(cache, HELD, new)
    assert (cache.position, rest) == (kept, new[kept:])
    logits = MODEL.forward(rest, cache)[-1]
    assert np.abs(logits - MODEL.forward(new)[-1]).max() < 1e-5  # float32 logits of about 1, sums of 28 terms
    assert list(generate_cached(MODEL, [7], 4, cache=cache)) == list(generate_cached(MODEL, [*new, 7], 4))


def test_a_cache_that_cannot_go_back_far_enough_starts_over():
    class Forgetful(KVCache):
        rollback_floor = 9

    cache = Forgetful.for_model(GROUPED, 40)
    MODEL.forward(HELD, cache)
    assert rewind(cache, HELD, [*HELD[:9], 1, 2]) == ([1, 2] if HELD[9] != 1 else [2])
    cache.reset()
    MODEL.forward(HELD, cache)
    new = [*HELD[:8], (HELD[8] + 1) % 50]
    assert rewind(cache, HELD, new) == new
    assert cache.position == 0


@pytest.mark.parametrize(
    ("held", "new", "sentence"),
    [(HELD[:-1], [1], "11 tokens were named, but the cache holds 12"), (HELD, [], "the new text is empty")],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(held, new, sentence):
    cache = KVCache.for_model(GROUPED, 40)
    MODEL.forward(HELD, cache)
    with pytest.raises(ValueError, match=sentence):
        rewind(cache, held, new)
    assert cache.position == 12
