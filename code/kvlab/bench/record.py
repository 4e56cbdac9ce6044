"""The comparison as a data file, and back: what the book shows of it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kvlab.bench.remote import EngineError, RemoteEngine
from kvlab.bench.row import Row, Summary, summarise
from kvlab.bench.study import Section, Settings
from kvlab.measure.records import provenance

ROOT = Path(__file__).parents[3]
SCRIPT = "code/kvlab/bench/study.py"
_THREADS = re.compile(r", \d+ threads?$")
DEPENDS = (
    "code/kvlab/model/transformer.py", "code/kvlab/model/attention.py", "code/kvlab/model/ops.py",
    "code/kvlab/model/rope.py", "code/kvlab/model/weights.py", "code/kvlab/model/kernels.py",
    "code/kvlab/model/threaded.py", "code/kvlab/model/compiled.py", "code/kvlab/model/bfloat16.py",
    "code/kvlab/cache/contiguous.py", "code/kvlab/cache/transaction.py",
)  # fmt: skip


def as_record(runs: Sequence[Sequence[Section]], settings: Settings, *, script: str = SCRIPT) -> dict[str, Any]:
    """What a file keeps: where the numbers come from, and each section's rows in every run."""
    packages = ["numpy", "numba"] if find_spec("numba") else ["numpy"]
    head = provenance(script, ROOT, depends=DEPENDS, packages=packages)
    head["versions"] |= _versions(settings)
    sections = [
        {
            "name": section.name,
            "title": section.title,
            "notes": [list(run[i].notes) for run in runs],
            "runs": [[row.as_dict() for row in run[i].rows] for run in runs],
        }
        for i, section in enumerate(runs[0])
    ]
    return {**head, "threads": settings.threads, "sections": sections}


def write_record(path: Path, record: dict[str, Any]) -> None:
    """Write it whole or not at all."""
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8", newline="\n")
    draft.replace(path)


def read_summaries(path: Path) -> dict[str, list[Summary]]:
    """Each section's jobs, as medians of the runs' medians.

    An engine that was tried with several numbers of threads counts with its best one in each run.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        section["name"]: summarise([[_row(row) for row in run] for run in section["runs"]])
        for section in content["sections"]
    }


def _row(row: dict[str, Any]) -> Row:
    return Row(**{**row, "seconds": {_THREADS.sub("", name): times for name, times in row["seconds"].items()}})


def _versions(settings: Settings) -> dict[str, str]:
    """Of every engine that starts, as it says itself."""
    versions: dict[str, str] = {}
    for name, python in {"kvlab": sys.executable, **settings.pythons}.items():
        try:
            with RemoteEngine(python, name, "smollm2-135m", settings.threads) as engine:
                versions |= engine.versions()
        except (EngineError, OSError):
            continue
    return versions
