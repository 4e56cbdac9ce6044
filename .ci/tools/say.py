"""How the commands talk: one line for each stage, one sentence for each failure."""

import hashlib
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Trouble(Exception):
    """Something that the person at the keyboard can act on: a sentence, and an exit status."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.status = status


FULL_DISK = "the disk is full: free some space and run this again"


@contextmanager
def stage(title: str) -> Iterator[None]:
    """Announce a stage, and say how long it took."""
    print(f"==> {title}", flush=True)
    started = time.monotonic()
    yield
    print(f"    {time.monotonic() - started:.0f} s", flush=True)


def progress(text: str) -> None:
    """Show one line that the next one overwrites; only a terminal gets it."""
    if sys.stdout.isatty():
        width = shutil.get_terminal_size().columns - 1
        print(f"\r\033[K{text[:width]}", end="", flush=True)


def last_line(text: str) -> str:
    """Return the last line that says anything."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def digest(*parts: bytes) -> str:
    """Return a short fingerprint of some bytes."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]
