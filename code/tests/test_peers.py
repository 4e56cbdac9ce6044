"""The environments of what the engine is compared with: made once, made anew when their versions change."""

import os
import re
from pathlib import Path

import pytest

import tasks
from tools import environment as env
from tools import peers
from tools.say import Trouble

ROOT = Path(tasks.__file__).resolve().parent


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """What would have been run, in a folder of its own; nothing is installed."""
    commands = []

    def call(command, **_):
        commands.append([str(part) for part in command])
        if "venv" in command:
            Path(command[-1]).mkdir(parents=True)
        return int("pip" in command and "broken==1" in command)

    monkeypatch.setattr(peers, "BUILD", tmp_path)
    monkeypatch.setattr(peers.subprocess, "call", call)
    return commands


def test_a_peer_is_installed_once(asked, tmp_path):
    python = peers.peer("transformers")
    assert python == tmp_path / "peers" / "transformers" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    assert [command[2] for command in asked] == ["venv", "pip"] and "torch==2.13.0" in asked[1]
    assert peers.peer("transformers") == python and len(asked) == 2


def test_other_versions_are_installed_anew(asked, monkeypatch):
    peers.peer("llama")
    monkeypatch.setitem(peers.PEERS, "llama", ["llama-cpp-python==0.4.0"])
    peers.peer("llama")
    assert len(asked) == 4 and "llama-cpp-python==0.4.0" in asked[3]


def test_an_installation_that_fails_is_tried_again(asked, monkeypatch):
    monkeypatch.setitem(peers.PEERS, "llama", ["broken==1"])
    for _ in range(2):
        with pytest.raises(Trouble, match="broken==1 could not be installed"):
            peers.peer("llama")
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("options", "with_peers", "passed_on"),
    [
        ([], ["transformers"], []),
        (["--llama", "--runs", "3"], ["transformers", "llama"], ["--runs", "3"]),
        (["--alone", "--sections", "tiny"], [], ["--sections", "tiny"]),
    ],
)
def test_bench_runs_with_the_peers_asked_for(monkeypatch, options, with_peers, passed_on):
    ran = []
    monkeypatch.setattr(tasks, "environment", lambda name: None)
    monkeypatch.setattr(tasks, "fetch_model", lambda: None)
    monkeypatch.setattr(tasks, "peer", lambda name: f"python-of-{name}")
    monkeypatch.setattr(tasks, "run", lambda *arguments: ran.append(arguments) or 0)
    with pytest.raises(SystemExit) as ended:
        tasks.bench(*options)
    pairs = [part for name in with_peers for part in (f"--{name}", f"python-of-{name}")]
    assert ended.value.code == 0 and ran == [("kvlab.bench", *pairs, *passed_on)]


def test_ci_uses_the_versions_that_a_comparison_does():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r'^TORCH="(.+)"$', script, re.MULTILINE)[1] == peers.TORCH
    assert re.search(r'^TRANSFORMERS="(.+)"$', script, re.MULTILINE)[1] == peers.TRANSFORMERS
    assert re.search(r'^NUMBA="(.+)"$', script, re.MULTILINE)[1] in env.LOCK.read_text(encoding="utf-8")
