"""Where downloaded models are kept on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from os import PathLike
from pathlib import Path


def cache_folder(
    folder: str | PathLike[str] | None = None,
    *,
    environment: Mapping[str, str] = os.environ,
    platform: str = sys.platform,
) -> Path:
    r"""The folder for downloaded models: the argument, else ``KVLAB_CACHE``, else the user's cache folder.

    The user's cache folder is ``$XDG_CACHE_HOME/kvlab`` or ``~/.cache/kvlab`` on Linux, ``~/Library/Caches/kvlab`` on
    macOS and ``%LOCALAPPDATA%\kvlab`` on Windows. It need not exist yet.
    """
    if folder is not None:
        return Path(folder).expanduser().absolute()
    if environment.get("KVLAB_CACHE"):
        return Path(environment["KVLAB_CACHE"]).expanduser().absolute()
    return _user_caches(environment, platform) / "kvlab"


def _user_caches(environment: Mapping[str, str], platform: str) -> Path:
    home = Path.home()
    if platform == "darwin":
        return home / "Library" / "Caches"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local")
    base = environment.get("XDG_CACHE_HOME", "")
    return Path(base) if Path(base).is_absolute() else home / ".cache"  # relative ones are to be ignored
