"""Prompts on several threads: the plain model's logits, every cache, and BLAS and cache as before whatever happens."""

import threading
from concurrent.futures import Executor, Future
from pathlib import Path

import numpy as np
import pytest

from kvlab import KVCache, Transformer
from kvlab.model import threaded
from kvlab.model.threaded import ThreadedTransformer
from registry import CACHES, GEOMETRIES, GROUPED, tokens, ways_to_cut
from shape_comments import ShapeWatch, commented

LENGTH = 19
TOLERANCE = 2e-5


@pytest.fixture(autouse=True)
def two_threads_and_short_blocks(monkeypatch):
    """Texts of the tests are long prompts, and BLAS has two threads, whatever the machine."""
    monkeypatch.setattr(threaded, "SHORTEST", 6)
    monkeypatch.setattr(threaded, "BLOCK_LENGTHS", (2, 4))
    with threaded.ThreadpoolController().limit(limits=2, user_api="blas"):
        yield


def blas_threads(model):
    return {library["num_threads"] for library in model._blas.info()}


@pytest.mark.parametrize("cut", ways_to_cut(LENGTH).values(), ids=ways_to_cut(LENGTH))
@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_logits_are_those_of_the_plain_model(geometry, cache, cut):
    config = GEOMETRIES[geometry]
    plain, text = Transformer.random(config, seed=3), tokens(config, LENGTH)
    model, made, expected = ThreadedTransformer(config, plain.weights), *(CACHES[cache](config, LENGTH) for _ in "12")
    for stop, n in zip(np.cumsum(cut), cut, strict=True):
        piece = text[stop - n : stop]
        np.testing.assert_allclose(model.forward(piece, made), plain.forward(piece, expected), atol=TOLERANCE)
    made.check()


def test_without_a_cache():
    plain, text = Transformer.random(GROUPED), tokens(GROUPED, LENGTH)
    found = ThreadedTransformer(GROUPED, plain.weights).forward(text)
    np.testing.assert_allclose(found, plain.forward(text), atol=TOLERANCE)


def test_blocks_are_worked_on_by_two_threads_at_the_same_time(monkeypatch):
    """Two blocks of a layer wait for each other: one thread alone would wait for ever."""
    model = ThreadedTransformer.random(GROUPED)
    meeting, seen, finish = threading.Barrier(2, timeout=20), set(), ThreadedTransformer._finish

    def met(self, layer_idx, hidden, query, segments, block):
        if block.rows.start < 8:  # of four blocks
            meeting.wait()
        seen.add((threading.get_ident(), *blas_threads(self)))
        finish(self, layer_idx, hidden, query, segments, block)

    monkeypatch.setattr(ThreadedTransformer, "_finish", met)
    model.forward(tokens(GROUPED, 16), KVCache.for_model(GROUPED, 16))
    assert {limit for _, limit in seen} == {1} and threading.get_ident() not in {thread for thread, _ in seen}
    assert len(seen) >= 2 and blas_threads(model) == {2}


def test_what_fails_in_a_thread_leaves_cache_and_blas_as_they_were(monkeypatch):
    model, cache = ThreadedTransformer.random(GROUPED), KVCache.for_model(GROUPED, 20)
    before = model.forward(tokens(GROUPED, 8), cache)

    def failing(self, weights, hidden):
        raise MemoryError("no room in a thread")

    with monkeypatch.context() as patch:
        patch.setattr(ThreadedTransformer, "_mlp", failing)
        with pytest.raises(MemoryError, match="in a thread"):
            model.forward(tokens(GROUPED, 12), cache)
    assert cache.position == 8 and blas_threads(model) == {2}
    cache.check()
    cache.reset()
    np.testing.assert_array_equal(model.forward(tokens(GROUPED, 8), cache), before)


@pytest.mark.parametrize("reason", ["a short text", "several sequences", "one thread", "a cache that observes"])
def test_the_rest_is_computed_as_before(reason, monkeypatch):
    monkeypatch.setattr(ThreadedTransformer, "_in_blocks", lambda *_: pytest.fail("cut into blocks"))
    model, cache = ThreadedTransformer.random(GROUPED), KVCache.for_model(GROUPED, 20)
    text = tokens(GROUPED, 5 if reason == "a short text" else 8)
    if reason == "a cache that observes":
        monkeypatch.setattr(KVCache, "observes", True)
        monkeypatch.setattr(KVCache, "observe", lambda *_: None, raising=False)
    if reason == "several sequences":
        model.forward_batch([(text, cache), (text, KVCache.for_model(GROUPED, 20))])
        return
    with model._blas.limit(limits=1 if reason == "one thread" else 2):
        model.forward(text, cache)


@pytest.mark.parametrize(("n", "lengths"), [(6, [2, 2, 2]), (9, [1, 2, 2, 2, 2]), (16, [4] * 4), (18, [2, 4, 4, 4, 4])])
def test_blocks_cover_the_prompt_from_its_end(n, lengths):
    model = Transformer.random(GROUPED)
    (step,) = model._open([(tokens(GROUPED, n), None)])
    blocks = threaded.blocks_of(step)
    assert [len(block.token_ids) for block in blocks] == lengths
    for part in (lambda s: s.token_ids, lambda s: s.positions, lambda s: s.angles[0], lambda s: s.angles[1]):
        np.testing.assert_array_equal(np.concatenate([part(block) for block in reversed(blocks)]), part(step))
    assert [i for block in reversed(blocks) for i in range(block.rows.start, block.rows.stop)] == list(range(n))


class AtOnce(Executor):
    """Does what it is given in the caller's own thread, which is the one that is watched."""

    def submit(self, work, /, *arguments, **named):
        done = Future()
        done.set_result(work(*arguments, **named))
        return done


def test_its_shape_comments_are_true(monkeypatch):
    monkeypatch.setattr(threaded, "ThreadPoolExecutor", lambda threads: AtOnce())
    model, cache = ThreadedTransformer.random(GROUPED), KVCache.for_model(GROUPED, 9)
    with ShapeWatch(GROUPED) as watch:
        model.forward(tokens(GROUPED, 7), cache)
    assert not watch.wrong, "\n".join(sorted(set(watch.wrong)))
    promised = {f"threaded.py:{line}" for line in commented(Path(threaded.__file__))}
    assert len(promised) == 3 and promised <= watch.checked
