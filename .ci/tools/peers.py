"""Environments for what the book's engine is compared with, each of its own: none of it is in requirements.lock.

A lock of torch would hold gigabytes for graphics cards on some systems, and llama.cpp is compiled where it is put.
So versions are named here, and what they need in turn is whatever pip finds.
"""

import shutil
import subprocess
import sys
from pathlib import Path

from tools.environment import BUILD, clean_env, room_for
from tools.say import Trouble, stage

READERS = ["numpy>=2.0,<2.5", "tokenizers", "safetensors", "jinja2", "ml_dtypes", "tqdm"]
TORCH, TRANSFORMERS = "torch==2.13.0", "transformers==5.23.0"
PEERS = {
    "transformers": [TORCH, TRANSFORMERS, *READERS],
    "llama": ["llama-cpp-python==0.3.36", "gguf==0.19.0", *READERS],
}
ROOM_MB = {"transformers": 2500, "llama": 1500}


def peer(name: str) -> Path:
    """Return the Python of a peer's environment, made first if it is not there."""
    folder = BUILD / "peers" / name
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = folder / "installed.txt"
    wanted = "\n".join([sys.version, *PEERS[name]])
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    room_for(ROOM_MB[name], f"the packages of `{name}`")
    shutil.rmtree(folder, ignore_errors=True)
    with stage(f"Installing {PEERS[name][0]}" + (", which is compiled and takes minutes" if name == "llama" else "")):
        for command in ([sys.executable, "-m", "venv", folder], [python, "-m", "pip", "install", "-q", *PEERS[name]]):
            if subprocess.call(command, env=clean_env()):
                raise Trouble(f"{PEERS[name][0]} could not be installed; its words are above")
    stamp.write_text(wanted, encoding="utf-8")
    return python
