"""Recorded numbers: where a data file comes from, and whether what it depends on is still the same.

A study that is too long for a page, or another program's answers, is run by a script and kept as JSON. The file
says who made it and names, with a hash each, the files that its numbers depend on. If one of them changes, the
record is stale: run its script again.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MADE_BY = ("made_by", "made by", "script")


@dataclass(frozen=True)
class Record:
    """What a data file says about itself.

    Attributes
    ----------
    path : Path
        The file.
    script : str
        What made it, a path from the project's root.
    date : str
        When, as 2026-11-21.
    machine : str
        On what, or empty if the numbers do not depend on it.
    versions : mapping of str to str
        Of Python and the packages that had a say.
    depends : mapping of str to str
        Paths from the root, each with the SHA-256 that the file had.
    source : str
        Whose numbers they are, if they were not made but looked up.
    """

    path: Path
    script: str
    date: str
    machine: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    depends: Mapping[str, str] = field(default_factory=dict)
    source: str = ""

    def changed(self, root: Path) -> list[str]:
        """Which of the files it depends on are missing or have another hash than when it was made."""
        return [name for name, digest in self.depends.items() if _digest(root / name) != digest]


def provenance(
    script: str, root: Path, *, depends: Iterable[str] = (), packages: Iterable[str] = ("numpy",)
) -> dict[str, Any]:
    """What a script puts at the head of the data it writes.

    Parameters
    ----------
    script : str
        Its own path from the root; its hash is always among those kept.
    root : Path
        The project's folder.
    depends : iterable of str
        Other files, from the root, that the numbers depend on.
    packages : iterable of str
        Whose versions had a say.

    Returns
    -------
    dict
        ``made_by``, ``date``, ``machine``, ``versions`` and ``depends``, as ``read_record`` reads them.

    Raises
    ------
    ValueError
        A file is not there.
    """
    files = {name: _digest(root / name) for name in (script, *depends)}
    if missing := [name for name, digest in files.items() if not digest]:
        raise ValueError(f"a record cannot depend on {missing[0]}: {root} has no such file.")
    return {
        "made_by": script,
        "date": datetime.date.today().isoformat(),
        "machine": machine(),
        "versions": {"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in packages},
        "depends": files,
    }


def machine() -> str:
    """The processor by its own name, and how many cores the system shows."""
    name = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        lines = told.read_text(encoding="utf-8").splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def read_record(path: Path) -> Record | None:
    """What a JSON file says about itself; None where it names no script and date."""
    content = json.loads(path.read_text(encoding="utf-8"))
    script = next((content[key] for key in _MADE_BY if key in content), None) if isinstance(content, dict) else None
    if script is None or "date" not in content:
        return None
    beside = {name: content[name] for name in ("python", "numpy", "gguf") if name in content}  # an older form
    told = {key: content.get(key, "") for key in ("machine", "source")}
    versions, depends = {**beside, **content.get("versions", {})}, content.get("depends", {})
    return Record(path, script, content["date"], versions=versions, depends=depends, **told)


def find_records(root: Path, folders: Iterable[str] = ("code", "book")) -> list[Record]:
    """All recorded data of the project, by path."""
    files = sorted(path for folder in folders for path in (root / folder).rglob("*.json"))
    return [record for path in files if (record := read_record(path)) is not None]


def _digest(path: Path) -> str:
    """SHA-256 of a file, with line ends as on Linux; empty if there is none."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest() if path.is_file() else ""
