"""Step costs that add up, rounds that are gated, and operations a byte by a plain count."""

from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest

from kvlab import KVCache, Transformer
from kvlab.measure.counters import forward_operations, generation_operations
from kvlab.measure.intensity import Roof, Work, attention_work, linear_work
from kvlab.measure.parts import attention_products, linear_products, measure_roof, peak_rate
from kvlab.measure.rounds import Rounds, in_turn, timed
from kvlab.measure.steps import StepCosts, fill_synthetically, measure_steps
from registry import GROUPED, contents

MODEL = Transformer.random(GROUPED)


def scripted(seconds, log=None, name=""):
    """A job that takes the given times, one after the other."""
    left = iter(seconds)

    def job():
        if log is not None:
            log.append(name)
        return next(left)

    return job


def test_jobs_run_in_turn_after_one_unrecorded_run_each():
    log = []
    jobs = {"a": scripted([9, 1, 2, 6], log, "a"), "b": scripted([9, 4, 4, 4], log, "b")}
    rounds = in_turn(jobs, 3)
    assert log == ["a", "b"] * 4
    assert rounds == Rounds({"a": (1, 2, 6), "b": (4, 4, 4)})
    assert rounds.median("a") == 2 and rounds.spread("a") == 2.5 and rounds.spread("b") == 0


def test_a_round_on_a_busy_machine_is_dropped():
    jobs, probe = {"a": scripted([9, 1, 100, 3])}, scripted([1.0, 1.6, 0.9])
    rounds = in_turn(jobs, 3, probe=probe)
    assert rounds.seconds == {"a": (1, 3)} and rounds.dropped == 1
    kept = in_turn({"a": scripted([9, 1, 100, 3])}, 3, probe=scripted([1.0, 1.6, 0.9]), gate=2)
    assert kept.seconds == {"a": (1, 100, 3)} and kept.dropped == 0
    with pytest.raises(ValueError, match="repeats is 0"):
        in_turn(jobs, 0)


def test_preparation_is_off_the_clock():
    log = []
    job = timed(lambda: log.append("work"), before=lambda: [log.append("before"), np.ones((900, 900)) @ np.ones(900)])
    assert 0 <= job() < 1e-3 and log == ["before", "work"]


@pytest.mark.parametrize("n_tokens", [1, 30, 2000])
def test_a_cache_is_filled_with_finite_noise(n_tokens):
    cache = KVCache.for_model(GROUPED, 2048)
    fill_synthetically(cache, n_tokens)
    assert cache.position == n_tokens and all(np.isfinite(array).all() for array in contents(cache))
    assert np.unique(cache.get(0)[0]).size > 0.9 * cache.get(0)[0].size
    before = cache.bytes_written
    fill_synthetically(cache, 1)
    assert cache.position == 1 and cache.bytes_written == before
    cache.check()


def plain_sum(costs, n_prompt, n_generated, cached):
    """Step by step, as the loops of generate.py go."""
    total, known, steps = 0.0, costs.lengths, costs.cached if cached else costs.recomputed
    for number in range(n_generated):
        length = n_prompt + number
        total += np.interp(length, known, costs.recomputed if number == 0 else steps)
    return total


@pytest.mark.parametrize(("n_prompt", "n_generated"), [(1, 1), (1, 10), (4, 5), (10, 1)])
def test_a_generation_is_the_sum_of_its_steps(n_prompt, n_generated):
    costs = StepCosts((1, 5, 10), (1.0, 5.0, 20.0), (0.5, 0.5, 1.0))
    for cached in (False, True):
        expected = plain_sum(costs, n_prompt, n_generated, cached)
        assert costs.seconds(n_prompt, n_generated, cached=cached) == pytest.approx(expected)
    both = [plain_sum(costs, n_prompt, n_generated, cached) for cached in (False, True)]
    assert costs.speedup(n_prompt, n_generated) == pytest.approx(both[0] / both[1])


def test_steps_that_cost_their_operations_add_up_to_the_operations_of_the_run():
    """Every length measured: the integral is then exact."""
    lengths = range(1, 31)
    costs = StepCosts(
        tuple(lengths),
        tuple(forward_operations(GROUPED, n).total for n in lengths),
        tuple(forward_operations(GROUPED, 1, n - 1).total for n in lengths),
    )
    for cached in (False, True):
        counted = sum(step.total for step in generation_operations(GROUPED, 6, 25, cached=cached))
        assert costs.seconds(6, 25, cached=cached) == pytest.approx(counted)


@pytest.mark.parametrize(("n_prompt", "n_generated"), [(3, 2), (5, 7)])
def test_nothing_is_extrapolated(n_prompt, n_generated):
    costs = StepCosts((4, 10), (1.0, 2.0), (1.0, 1.0))
    with pytest.raises(ValueError, match="measured were 4 to 10"):
        costs.seconds(n_prompt, n_generated, cached=True)


def test_steps_are_measured_at_the_lengths_asked_for():
    costs = measure_steps(MODEL, [8, 1, 3], repeats=2)
    assert costs.lengths == (1, 3, 8) and min(costs.recomputed + costs.cached) > 0
    assert set(costs.rounds.seconds) == {(way, n) for way in ("recomputed", "cached") for n in (1, 3, 8)}
    assert costs.recomputed[2] == costs.rounds.median(("recomputed", 8))
    assert StepCosts.of(costs.rounds, [1, 8]).cached == (costs.cached[0], costs.cached[2])


def test_bytes_and_operations_of_linear_layers_are_those_of_the_matrices():
    for n_tokens in (1, 7):
        operations = n_bytes = 0
        matrices = [m for layer in MODEL.weights.layers for m in (layer.qkv, layer.output, layer.gate_up, layer.down)]
        for matrix in [*matrices, MODEL.weights.head]:
            n_in, n_out = matrix.shape
            operations += 2 * n_tokens * n_in * n_out
            n_bytes += matrix.nbytes + 4 * n_tokens * (n_in + n_out)
        assert linear_work(GROUPED, n_tokens) == Work(operations, n_bytes)


def test_a_large_model_does_half_an_operation_on_a_byte_of_weights():
    large = GROUPED.with_(embed_dim=4096, n_heads=32, n_kv_heads=8, head_dim=128, mlp_dim=14336, vocab_size=128_256)
    assert linear_work(large, 1).intensity == pytest.approx(0.5, rel=1e-2)
    assert linear_work(large, 16).intensity == pytest.approx(8, rel=1e-2)
    assert linear_work(large, 16, n_logits=1).operations < linear_work(large, 16).operations


def test_attention_does_half_a_group_of_operations_on_a_byte_at_any_batch():
    cache = KVCache.for_model(GROUPED, 40)
    assert attention_work(GROUPED, [40]).n_bytes == cache.nbytes()
    for contexts in ([40], [40] * 8, [3, 17]):
        assert attention_work(GROUPED, contexts).intensity == GROUPED.group_size / 2
    windowed = GROUPED.with_(windows=(None, 4, 4))
    assert attention_work(windowed, [40]) == Work(48 * 4 * 6 * 10, 48 * 2 * 2 * 10 * 4)


def test_a_roof_is_the_lower_of_two_limits():
    roof = Roof(rate=100.0, bandwidth=20.0)
    assert roof.ridge == 5 and roof.attainable(1) == 20 and roof.attainable(50) == 100
    assert roof.seconds(Work(40, 40)) == 2 and roof.seconds(Work(1000, 40)) == 10
    assert (Work(1, 2) + Work(3, 4)) == Work(4, 6) and Work(6, 4).intensity == 1.5


def test_parts_run_alone_leave_everything_as_it_was():
    caches = [KVCache.for_model(GROUPED, 9) for _ in range(2)]
    for cache in caches:
        fill_synthetically(cache, 8)
    before = contents(caches[0])
    linear_products(MODEL, 3)()
    attention_products(MODEL, caches)()
    assert caches[0].position == 8 and all(map(np.array_equal, before, contents(caches[0])))


class Watched(np.ndarray):
    """A matrix that notes the shapes of the products it takes part in."""

    seen: ClassVar[list] = []

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(array) for array in inputs]
        self.seen.append(tuple(array.shape for array in plain))
        return getattr(ufunc, method)(*plain, **kwargs)


def test_the_linear_part_is_every_weight_product_of_a_step():
    Watched.seen.clear()
    names = ("qkv", "output", "gate_up", "down")
    layers = [SimpleNamespace(**{n: getattr(layer, n).view(Watched) for n in names}) for layer in MODEL.weights.layers]
    weights = SimpleNamespace(layers=layers, head=MODEL.weights.head.view(Watched))
    linear_products(SimpleNamespace(weights=weights), 3)()
    operations = sum(2 * rows * n_in * n_out for (rows, _), (n_in, n_out) in Watched.seen)
    assert operations == linear_work(GROUPED, 3).operations


def test_the_attention_part_is_one_query_for_each_layer_and_cache(monkeypatch):
    calls = []
    monkeypatch.setattr("kvlab.measure.parts.attend", lambda query, segments, *_, **__: calls.append(segments))
    caches = [KVCache.for_model(GROUPED, 9) for _ in range(2)]
    for n, cache in zip((8, 5), caches, strict=True):
        fill_synthetically(cache, n)
    attention_products(MODEL, caches)()
    read = sum(array.nbytes for segments in calls for segment in segments for array in segment[:2])
    assert len(calls) == 2 * GROUPED.n_layers and read == attention_work(GROUPED, [8, 5]).n_bytes


def test_the_rate_is_operations_over_seconds(monkeypatch):
    monkeypatch.setattr("kvlab.measure.parts.in_turn", lambda jobs, repeats: Rounds({"gemm": (9.0, 0.5, 0.1)}))
    assert peak_rate(10) == 2 * 1000 / 0.5


def test_the_machine_s_limits_are_plausible():
    roof = measure_roof(size=128, n_bytes=2**20)
    assert peak_rate(64, repeats=1) > 1e6 and roof.rate > 1e6 and roof.bandwidth > 1e6
