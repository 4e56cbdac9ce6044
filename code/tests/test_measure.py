"""Timings that cannot compare unlike things, and counts that are exact."""

import subprocess
import sys

import numpy as np
import pytest

from kvlab import (
    ConcatCache,
    KVCache,
    ModelConfig,
    Timing,
    Transformer,
    benchmark_cached_generation,
    benchmark_standard_generation,
    compare_generation,
)
from kvlab.measure.benchmark import prompt_ids, random_model
from kvlab.measure.counters import (
    CountingCache,
    Operations,
    forward_operations,
    generation_operations,
    visible_pairs,
)
from kvlab.measure.memory import kv_bytes_per_token, kv_cache_bytes, peak_memory_bytes
from kvlab.measure.roofline import DecodeTiming, bandwidth_probe, time_decode
from registry import GROUPED, tokens

MODEL = Transformer.random(GROUPED)


def test_a_timing_is_a_float_that_remembers():
    timing = Timing([([1, 2], [0.5, 0.7]), ([1, 2], [0.1, 0.4]), ([1, 2], [0.2, 0.5])])
    assert timing == 0.5 and f"{timing:.1f}" == "0.5"
    assert timing.runs == (0.7, 0.4, 0.5) and timing.tokens == (1, 2)
    assert timing.token_seconds == pytest.approx((0.2, 0.3))
    assert timing.spread == pytest.approx(0.6) and timing.tokens_per_second == pytest.approx(4)


def test_timings_of_different_tokens_cannot_be_divided_or_pooled():
    left, right = Timing([([1, 2, 3], [1, 2, 3])]), Timing([([1, 9, 3], [1, 2, 3])])
    for other in (right, Timing([([1, 2], [1, 2])])):
        with pytest.raises(ValueError, match="generated different tokens"):
            left / other
    assert left / Timing([([1, 2, 3], [0.5, 1, 1.5])]) == 2 and left / 2 == 1.5
    with pytest.raises(ValueError, match="from number 1 on"):
        Timing([([1, 2], [1, 2]), ([1, 3], [1, 2])])


def test_the_course_s_two_functions_write_the_same_tokens():
    cache = KVCache(max_seq_len=40, n_layers=2, n_heads=3, head_dim=8)
    standard = benchmark_standard_generation("abc", 10, random_model(cache), repeats=2)
    cached = benchmark_cached_generation("abc", 10, cache, repeats=2)
    assert standard.tokens == cached.tokens and len(cached.tokens) == 10
    assert standard / cached > 0
    assert cache.position == 3 + 9 and cache.get_memory_usage()["utilization"] == 12 / 40


def test_without_a_model_the_default_geometry_is_the_course_s():
    config = random_model(KVCache(1, 12, 16, 64)).config
    assert (config.n_layers, config.n_heads, config.head_dim, config.embed_dim) == (12, 16, 64, 1024)


@pytest.mark.parametrize(
    "make_cache", [lambda: None, lambda: ConcatCache.for_model(GROUPED), lambda: KVCache.for_model(GROUPED, 60)]
)
def test_comparing_interleaves_and_proves_equality(make_cache):
    both = compare_generation(tokens(GROUPED, 5), 8, MODEL, make_cache(), repeats=2)
    assert both.standard.tokens == both.cached.tokens
    assert len(both.standard.runs) == len(both.cached.runs) == 2
    low, high = both.speedup_range
    assert 0 < low <= high


def test_comparing_refuses_a_cache_that_changes_the_text():
    class Forgetful(KVCache):
        """Overwrites one key: a cache that is fast and wrong."""

        def _stage(self, layer_idx, key, value):
            super()._stage(layer_idx, key * 3, value)

    with pytest.raises(ValueError, match="generated different tokens"):
        compare_generation(tokens(GROUPED, 5), 20, MODEL, Forgetful.for_model(GROUPED, 60), repeats=1)


def test_a_cache_too_small_is_refused_before_anything_runs():
    cache = KVCache.for_model(GROUPED, 10)
    for run in (benchmark_cached_generation, lambda p, n, c, m: compare_generation(p, n, m, c)):
        with pytest.raises(ValueError, match="needs 11 tokens of cache, but max_seq_len is 10"):
            run([1, 2], 10, cache, MODEL)
    assert cache.position == 0


@pytest.mark.parametrize(("n", "repeats", "sentence"), [(0, 1, "max_new_tokens is 0"), (1, 0, "repeats is 0")])
def test_counts_of_a_benchmark_are_checked(n, repeats, sentence):
    with pytest.raises(ValueError, match=sentence):
        benchmark_standard_generation([1], n, MODEL, repeats=repeats)
    with pytest.raises(ValueError, match=sentence):
        benchmark_cached_generation([1], n, None, MODEL, repeats=repeats)


def test_text_without_a_tokenizer_is_bytes():
    assert prompt_ids(MODEL, "é") == [195, 169]
    assert prompt_ids(MODEL, [3, 4]) == [3, 4]
    for empty in ("", []):
        with pytest.raises(ValueError, match="the prompt is empty"):
            prompt_ids(MODEL, empty)


def counted(n_new: int, n_cached: int, config: ModelConfig) -> Operations:
    """Operations by a count of every product, matrix by matrix and pair by pair."""
    linear = {"projections": 0, "mlp": 0, "scores": 0, "head": 2 * config.embed_dim * config.vocab_size}
    width, kv = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    for layer_idx in range(config.n_layers):
        for query in range(n_cached, n_cached + n_new):
            linear["projections"] += 2 * config.embed_dim * (width + kv + kv) + 2 * width * config.embed_dim
            linear["mlp"] += 2 * config.embed_dim * 2 * config.mlp_dim + 2 * config.mlp_dim * config.embed_dim
            window = config.window(layer_idx) or 10**9
            for key in range(n_cached + n_new):
                if query - window < key <= query:
                    linear["scores"] += config.n_heads * (2 * config.head_dim + 2 * config.head_dim)
    return Operations(**linear)


@pytest.mark.parametrize("config", [GROUPED, GROUPED.with_(windows=(None, 3, 1))], ids=["full", "windows"])
@pytest.mark.parametrize(("n_new", "n_cached"), [(1, 0), (7, 0), (1, 6), (3, 5)])
def test_operations_are_those_of_a_plain_count(config, n_new, n_cached):
    assert forward_operations(config, n_new, n_cached) == counted(n_new, n_cached, config)


def test_pieces_of_a_text_cost_what_the_text_costs():
    whole = forward_operations(GROUPED, 20, n_logits=20)
    pieces = [forward_operations(GROUPED, n, at, n_logits=n) for n, at in ((12, 0), (1, 12), (7, 13))]
    assert sum(pieces[1:], pieces[0]) == whole
    assert visible_pairs(20, 0) == 210


def test_a_generation_s_steps():
    cached = generation_operations(GROUPED, 5, 4, cached=True)
    recomputed = generation_operations(GROUPED, 5, 4, cached=False)
    assert len(cached) == len(recomputed) == 4 and cached[0] == recomputed[0]
    assert [step.mlp // cached[1].mlp for step in recomputed] == [5, 6, 7, 8]
    assert recomputed[3] == forward_operations(GROUPED, 8) and cached[3] == forward_operations(GROUPED, 1, 7)
    assert recomputed[3].total == sum(recomputed[3].as_dict().values())


def test_a_counting_cache_counts_rows():
    """Position p of a text of 6 is computed once with a cache; without one, once for each step that sees it."""
    text = tokens(GROUPED, 6)
    with_cache, without = CountingCache.for_model(GROUPED, 6), CountingCache.for_model(GROUPED, 6)
    for n in range(1, 7):
        MODEL.forward(text[n - 1 : n], with_cache)
        without.reset()
        MODEL.forward(text[:n], without)
    assert (with_cache.rows_computed == 1).all()
    assert without.rows_computed.tolist() == [[6, 5, 4, 3, 2, 1]] * GROUPED.n_layers


def test_memory_by_formula_is_memory_by_allocation():
    for config in (GROUPED, GROUPED.with_(n_kv_heads=1, head_dim=12)):
        cache = KVCache.for_model(config, 33)
        assert kv_bytes_per_token(config) == cache.bytes_per_token
        assert kv_cache_bytes(config, 33) == cache.nbytes()
        assert kv_cache_bytes(config, 33, 2) == KVCache.for_model(config, 33, dtype=np.float16).nbytes()


def test_a_window_bounds_what_attention_needs():
    config = GROUPED.with_(windows=(None, 8, 8))
    assert kv_cache_bytes(config, 100) == (100 + 8 + 8) * 2 * 2 * 10 * 4
    assert kv_cache_bytes(config, 5) == kv_cache_bytes(GROUPED, 5)


def test_peak_memory_is_more_than_what_lives():
    block = np.ones(2**22)
    assert peak_memory_bytes() > block.nbytes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_peak_memory_is_not_that_of_the_process_that_started_this_one():
    block = np.ones(2**24)  # 134 MB, more than a process that has only imported the package
    script = "from kvlab.measure.memory import peak_memory_bytes; print(peak_memory_bytes())"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(told.stdout) < block.nbytes


def test_decode_over_its_floor():
    timing = DecodeTiming(10, (2.0, 4.0, 3.0), (0.5, 0.5, 1.0), step_bytes=300, probe_bytes=100)
    assert timing.bandwidth == 200 and timing.floor == 1.5 and timing.step == 3 and timing.over_floor == 2
    assert timing.quartiles == pytest.approx((2.5 / 1.5, 3.5 / 1.5))


def test_timing_decode_reads_what_it_says(monkeypatch):
    monkeypatch.setattr("kvlab.measure.roofline.bandwidth_probe", lambda: bandwidth_probe(2**20))
    timing = time_decode(MODEL, 7, repeats=2)
    assert len(timing.step_seconds) == len(timing.probe_seconds) == 2
    assert timing.step_bytes == MODEL.weights.nbytes + 8 * kv_bytes_per_token(GROUPED)
    assert timing.probe_bytes == 2**20
    probe, n_bytes = bandwidth_probe(2**20)
    assert n_bytes == 2**20 and probe() > 0
