"""A progress bar where ``tqdm`` is installed, and silence where it is not."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self


class Progress:
    """Bytes done out of a known total, shown on standard error.

    Parameters
    ----------
    title : str
    total : int
        Bytes.
    visible : bool
    """

    def __init__(self, title: str, total: int, visible: bool) -> None:
        self._total, self._done = total, 0
        self._bar = _tqdm_bar(title, total) if visible else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self.reach(self._total)
        if self._bar is not None:
            self._bar.close()

    def advance(self, nbytes: int) -> None:
        """Count some more bytes as done."""
        self.reach(self._done + nbytes)

    def reach(self, nbytes: int) -> None:
        """Move on to so many bytes in all; the bar never goes back and never passes its end."""
        nbytes = max(self._done, min(nbytes, self._total))
        if self._bar is not None:
            self._bar.update(nbytes - self._done)
        self._done = nbytes


def _tqdm_bar(title: str, total: int) -> Any:
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return None
    return tqdm(desc=title, total=total, unit="B", unit_scale=True, leave=True)
