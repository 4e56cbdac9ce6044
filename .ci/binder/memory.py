"""How much memory a program and all that it started take, looked at again and again."""

import threading
from pathlib import Path

PAUSE_S = 0.2


class Watch:
    """The most memory that a process tree took while it was watched.

    Parameters
    ----------
    root : int
        The process; what it starts, and what that starts, counts too.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.peak = 0.0  # megabytes

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(PAUSE_S):
            self.peak = max(self.peak, megabytes(self._root))


def megabytes(root: int) -> float:
    """Return the memory of a process tree; a page that several share is counted once (proportional set size)."""
    return sum(proportional_kib(process) for process in tree(root)) * 1024 / 1e6


def tree(root: int) -> list[int]:
    """Return a process and its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            after_name = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        except OSError:  # it has ended meanwhile
            continue
        parents[int(folder.name)] = int(after_name.split()[1])
    found = [root]
    for process in found:  # grows as it goes
        found += [child for child, parent in parents.items() if parent == process]
    return found


def proportional_kib(process: int) -> int:
    """Return one process's share of the memory that it uses."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
