"""JupyterLab on loopback, started as Binder starts it."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from binder.image import Image
from binder.memory import tree
from tools.say import Trouble

PATIENCE_S = 90
ENDING_S = 15


@dataclass(frozen=True)
class Server:
    """A running JupyterLab.

    Attributes
    ----------
    address : str
        Where it answers, with a slash at the end.
    token : str
        What it wants to hear.
    process : int
        Its process id.
    """

    address: str
    token: str
    process: int


@contextlib.contextmanager
def serving(image: Image, log: Path) -> Iterator[Server]:
    """Run JupyterLab in an image while the block runs; what it says goes into a file."""
    port, token = free_port(), secrets.token_hex(16)
    command = [
        "./binder/start", "jupyter-lab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",  # so that the checks can ask JupyterLab what it knows
    ]  # fmt: skip
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(command, cwd=image.home, env=image.variables(), stdout=said, stderr=said)
        try:
            address = f"http://127.0.0.1:{port}/"
            wait_until_it_answers(address, process, log)
            yield Server(address, token, process.pid)
        finally:
            end(process)


def end(process: subprocess.Popen) -> None:
    """Ask a server to end; should it not, end it with all that it started."""
    started = tree(process.pid)
    process.terminate()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        for one in started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_until_it_answers(address: str, process: subprocess.Popen, log: Path) -> None:
    """Wait for the server, or say that it did not come up."""
    give_up = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < give_up:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(address + "api", timeout=5).close()
            return
        time.sleep(0.2)
    raise Trouble(f"JupyterLab did not start; the end of {log}:\n{log.read_text(encoding='utf-8')[-2000:]}")
