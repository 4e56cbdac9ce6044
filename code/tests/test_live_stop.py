"""Ctrl-C ends `make live` in good order: JupyterLab hears it too, and gets time to end its kernels."""

import os
import signal
import subprocess
import sys
import time

import tasks

SLOW_TO_END = """
import pathlib, time
pathlib.Path("started").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1)
    pathlib.Path("tidied").touch()
"""
CALLER = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
from tools import environment
environment.ROOT, environment.PYTHON = pathlib.Path.cwd(), pathlib.Path(sys.executable)
sys.exit(environment.run_until_stopped("slow_to_end"))
"""


def test_what_runs_may_tidy_up_after_ctrl_c(tmp_path, heard_interrupts):
    (tmp_path / "slow_to_end.py").write_text(SLOW_TO_END)
    command = [sys.executable, "-c", CALLER, str(tasks.ROOT / ".ci")]
    caller = subprocess.Popen(command, cwd=tmp_path, start_new_session=True)
    give_up = time.monotonic() + 60
    while not (tmp_path / "started").exists():
        assert caller.poll() is None and time.monotonic() < give_up
        time.sleep(0.05)
    os.killpg(caller.pid, signal.SIGINT)  # as a terminal does: to the command and to what it runs
    assert caller.wait(60) == 0
    assert (tmp_path / "tidied").exists()
