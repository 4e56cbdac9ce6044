"""The comparison of engines: who may be compared, what is timed, and what is reported of it."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from kvlab import Transformer, generate_cached
from kvlab.bench import quiet
from kvlab.bench.comparison import Reads, agreement, decode_rounds, prefill_rounds
from kvlab.bench.engine import prompt
from kvlab.bench.footprint import import_seconds, over_needed
from kvlab.bench.kvlab_engine import KvlabEngine
from kvlab.bench.models import bench_model
from kvlab.bench.peers import Peer, tiny_peers, together
from kvlab.bench.quiet import busy_share, wait_until_quiet
from kvlab.bench.record import as_record, read_summaries, write_record
from kvlab.bench.remote import EngineError, RemoteEngine
from kvlab.bench.row import Row, summarise
from kvlab.bench.state import checkpoint_state
from kvlab.bench.study import Settings, study
from kvlab.bench.table import table
from kvlab.io.assemble import assemble, expected_tensors
from registry import GROUPED

MODEL = Transformer.random(GROUPED, seed=2)


class Altered(KvlabEngine):
    """An engine that computes something else from a token on, and says that its logits differ by so much."""

    def __init__(self, model, token, off):
        super().__init__(model, 64)
        self._token, self._off = token, off

    def greedy(self, prompt_ids, n):
        tokens = super().greedy(prompt_ids, n)
        return [*tokens[: self._token], *[(token + 1) % GROUPED.vocab_size for token in tokens[self._token :]]]

    def logits(self, token_ids):
        return [logit + self._off for logit in super().logits(token_ids)]


def test_an_engine_that_writes_the_same_agrees():
    found = agreement(MODEL, KvlabEngine(MODEL, 64))
    assert found.tokens == 32 and not found.refused and found.near_tie is None


def test_an_engine_that_computes_another_model_is_refused():
    found = agreement(MODEL, Altered(MODEL, 5, 1e-6))
    assert "token 5 differs" in found.refused


def test_a_near_tie_is_no_reason_to_refuse():
    found = agreement(MODEL, Altered(MODEL, 5, 100.0))
    assert not found.refused and found.near_tie == found.tokens == 5


def test_an_engine_s_cache_is_as_it_was_after_a_step():
    engine = KvlabEngine(MODEL, 64)
    engine.fill(40)
    assert engine.step() > 0 and engine._cache.position == 40
    assert engine.floor_bytes() == MODEL.weights.nbytes + 41 * engine._cache.bytes_per_token
    assert engine.prefill(prompt(9, 50)) > 0 and engine._cache.position == 9
    assert engine.batch(3, 20) > 0


def test_the_checkpoint_s_names_and_shapes_are_those_that_loading_expects():
    class Source:
        def shape(self, name):
            return state[name].shape if name in state else None

        def read_into(self, name, out):
            out[...] = state[name]

    config = GROUPED.with_(tied_head=True)
    model = Transformer.random(config, seed=4)
    state = checkpoint_state(model)
    assert {name: state[name].shape for name in expected_tensors(config)} == expected_tensors(config)
    again = assemble(config, Source())
    for (name, ours), (_, theirs) in zip(model.weights.named(), again.named(), strict=True):
        assert np.array_equal(ours, theirs), name


def test_a_model_that_no_peer_is_given_is_refused():
    with pytest.raises(ValueError, match="without biases"):
        checkpoint_state(Transformer.random(GROUPED.with_(qkv_bias=True)))


@pytest.fixture(scope="module")
def remote():
    with RemoteEngine(sys.executable, "kvlab", "tiny", 1) as engine:
        yield engine


def test_an_engine_in_another_process_writes_the_same(remote):
    tiny = bench_model("tiny")
    assert remote.greedy(prompt(6, 256), 8) == list(generate_cached(tiny, prompt(6, 256), 8))
    assert not agreement(tiny, remote).refused
    assert "numpy" in remote.versions()


def test_a_failure_there_is_an_error_here_and_the_process_goes_on(remote):
    with pytest.raises(EngineError, match="no tokens were given"):
        remote.prefill([])
    assert remote.prefill([1, 2]) > 0


def test_an_engine_that_does_not_start_says_why():
    with pytest.raises(EngineError, match="neither a known model"):
        RemoteEngine(sys.executable, "kvlab", "no-such-model", 1)
    with pytest.raises(EngineError, match="ended without an answer"):
        RemoteEngine("false", "kvlab", "tiny", 1)


def test_an_engine_that_has_ended_is_an_error():
    engine = RemoteEngine(sys.executable, "kvlab", "tiny", 1)
    engine._process.kill()
    engine._process.wait()
    with pytest.raises(EngineError, match="ended"):
        engine.step()
    engine.close()


def test_who_is_missing_is_named_and_all_processes_end():
    peers = [Peer("kvlab", "kvlab", sys.executable, 1), Peer("absent", "torch", "no/such/python", 1)]
    with together("tiny", bench_model("tiny"), peers) as company:
        assert list(company.engines) == ["kvlab"] and "absent" in company.missing
        process = company.engines["kvlab"]._process
        rounds = decode_rounds(company.engines, 12, 2)
        assert len(rounds.seconds["kvlab"]) == 2 and rounds.median("kvlab") > 0
        assert prefill_rounds(company.engines, 5, 256, 1).median("kvlab") > 0
    assert process.poll() is not None


def test_torch_is_tried_with_one_thread_and_with_two():
    assert [peer.name for peer in tiny_peers({"transformers": "python"}) if peer.engine == "torch"] == [
        "torch, 1 thread", "torch, 2 threads",
    ]  # fmt: skip


def test_ratios_are_taken_within_a_run_and_medians_over_the_runs():
    runs = [[Row("step", {"kvlab": [a], "other": [b]}, floor=f)] for a, b, f in ((1, 2, 1), (2, 8, 1), (3, 9, 2))]
    (summary,) = summarise(runs)
    assert summary.seconds == {"kvlab": 2, "other": 8} and summary.runs == 3
    assert summary.ratios == {"other": 3} and summary.over_floor == {"kvlab": 1.5, "other": 4.5}
    # of 2, 4, 3; of 1, 2, 1.5; of 2, 8, 4.5


def test_the_better_number_of_threads_may_differ_from_run_to_run(tmp_path):
    names = ("torch, 1 thread", "torch, 2 threads")
    runs = [[{"job": "step", "seconds": {"kvlab": [1.0], name: [2.0], "a, b": [3.0]}}] for name in names]
    write_record(tmp_path / "bench.json", {"sections": [{"name": "tiny", "runs": runs}]})
    assert read_summaries(tmp_path / "bench.json")["tiny"][0].ratios == {"torch": 2, "a, b": 3}


def test_the_table_has_medians_spreads_ratios_and_floors():
    rows = [Row("context 16", {"kvlab": [0.02, 0.02, 0.022, 0.02], "other": [0.05]}, floor=0.016)]
    head, line = list(table("a decode step, ms", rows))[:2]
    assert head.split() == ["a", "decode", "step,", "ms", "kvlab", "other", "floor", "over", "it"]
    assert line.split() == ["context", "16", "20", "±1%", "50", "±0%", "2.50x", "16.00", "1.25"]
    rate = "".join(table("prompt", [Row("prompt of 10", {"kvlab": [0.5]})], unit={"prompt of 10": 10}))
    assert "500 ±0% 20/s" in rate


BEFORE = [100, 5, 20, 1000, 50, 0, 1, 0, 0, 0]  # ticks: user, nice, system, idle, waiting for a disk, and so on
QUIET = [101, 5, 20, 1098, 51, 0, 1, 0, 0, 0]  # 100 later, of which 1 was work
BUSY = [150, 5, 30, 1038, 52, 0, 1, 0, 0, 0]  # 100 later, of which 60 were


@pytest.mark.parametrize(("later", "share"), [(QUIET, 0.01), (BUSY, 0.6)])
def test_a_busy_neighbour_is_seen(later, share, monkeypatch):
    told = iter([BEFORE, later])
    monkeypatch.setattr(quiet, "_times", lambda path: next(told))
    assert busy_share(0.0) == (pytest.approx(share) if Path("/proc/stat").exists() else None)


def test_a_comparison_waits_for_quiet_but_not_for_ever(monkeypatch):
    shares = iter([0.9, 0.5, 0.1, 0.9])
    monkeypatch.setattr(quiet, "busy_share", lambda seconds=0.0: next(shares))
    assert wait_until_quiet(patience=60.0) == 0.1
    assert wait_until_quiet(patience=0.0) == 0.9


def test_a_study_of_the_tiny_model_from_the_engines_to_the_record(tmp_path):
    settings = Settings({}, threads=1, repeats=1, sections=("tiny",))
    run = list(study(settings))
    (section,) = run
    assert section.rows[0].median("kvlab") > 0 and any("the same 32 tokens" in note for note in section.notes)
    write_record(tmp_path / "bench.json", as_record([run, run], settings))
    (summary,) = read_summaries(tmp_path / "bench.json")["tiny"]
    assert summary.runs == 2 and summary.seconds["kvlab"] == pytest.approx(section.rows[0].median("kvlab"), rel=1e-3)
    head = json.loads((tmp_path / "bench.json").read_text())
    assert head["made_by"].endswith("study.py") and "numpy" in head["versions"] and len(head["depends"]) > 5
    assert os.listdir(tmp_path) == ["bench.json"]


def test_the_package_is_imported_beside_numpy_in_a_fraction_of_a_second():
    assert 0 < min(import_seconds(1)) < 5  # that it is measured; how long it may take is for the study to say
    assert over_needed({"peak": 115, "needed": 100, "loaded": 0}) == pytest.approx(0.15)


def test_the_floor_is_the_bytes_at_the_speed_of_the_read():
    reads = Reads(lambda: 0.5, 1000)
    assert reads.step() == 0.5
    assert reads.floor(200, 0.5) == pytest.approx(0.1)
