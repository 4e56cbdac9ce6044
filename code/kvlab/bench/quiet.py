"""Whether the machine is free: what others use while this process sleeps."""

from __future__ import annotations

import time
from pathlib import Path

BUSY = 0.15  # share of all processors' time above which a comparison should not begin


def busy_share(seconds: float = 0.5) -> float | None:
    """The share of the processors' time that others use while this process sleeps; None where no file tells."""
    told = Path("/proc/stat")
    if not told.exists():
        return None
    before = _times(told)
    time.sleep(seconds)
    after = _times(told)
    total, idle = (sum(after) - sum(before)), sum(after[3:5]) - sum(before[3:5])  # the fourth and fifth are idle
    return 1 - idle / total if total else 0.0


def wait_until_quiet(patience: float = 60.0, limit: float = BUSY) -> float | None:
    """Sleep until others use less than ``limit``, at most ``patience`` seconds; return the share seen last."""
    deadline = time.monotonic() + patience
    busy = busy_share()
    while busy is not None and busy > limit and time.monotonic() < deadline:
        busy = busy_share(2.0)
    return busy


def _times(path: Path) -> list[int]:
    """Ticks of all processors together: user, nice, system, idle, waiting for a disk, and so on."""
    return [int(field) for field in path.read_text(encoding="ascii").splitlines()[0].split()[1:]]
