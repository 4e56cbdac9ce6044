"""Figures that others published, recomputed: each row of ``book/data/published_figures.csv`` names its arithmetic.

A figure is a test of whoever recomputes it, too: it must come out of the general model, from its inputs alone.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kvlab.measure.layers import Layers, Serving, attention, latent
from kvlab.measure.memory import CacheModel
from kvlab.measure.storage import Storage

FILE = Path(__file__).resolve().parents[3] / "book" / "data" / "published_figures.csv"
_GIB = 2**30
_UNITS = {"B": 1, "KB": 1e3, "KiB": 1024, "MiB": 2**20, "GB": 1e9, "GiB": _GIB, "thousand": 1e3, "billion": 1e9}
Inputs = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One published figure.

    Attributes
    ----------
    id, quantity : str
        What it is.
    published, unit : float, str
        As printed.
    check, inputs : str, mapping
        The arithmetic of `CHECKS`, and what it starts from.
    tolerance : float
        What the printed rounding allows, as a share.
    verdict : str
        ``reproduced``; ``unit`` where only another unit than the printed one makes it right; ``erratum``.
    source, seen, note : str
    """

    id: str
    quantity: str
    published: float
    unit: str
    check: str
    inputs: Inputs
    tolerance: float
    verdict: str
    source: str
    seen: str
    note: str

    def computed(self) -> float:
        """The number that the general model gives, in the printed unit."""
        return CHECKS[self.check](self.inputs) / _UNITS.get(self.unit, 1)

    def agrees(self) -> bool:
        """Whether the printed number is within its rounding of the computed one."""
        return abs(self.computed() - self.published) <= (self.tolerance + 1e-9) * abs(self.computed())


def figures(path: Path = FILE) -> list[Figure]:
    """All rows of the file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_figure(row) for row in csv.DictReader(file)]


def _figure(row: dict[str, str]) -> Figure:
    numbers = {"published": float(row["published"]), "tolerance": float(row["tolerance"])}
    return Figure(**{**row, **numbers, "inputs": json.loads(row["inputs"])})


def model(i: Inputs) -> tuple[CacheModel, Serving]:
    """The cache that the inputs describe: L layers of H heads of D, or of a latent dc + dr, or of rows of bytes."""
    if "row" in i:
        return CacheModel([Layers(i["L"], "rows", 1, i["row"])]), _stored(1)
    part = latent(i["L"], i["dc"], i["dr"]) if "dc" in i else attention(i["L"], i["H"], i["D"])
    return CacheModel([part]), _stored(i.get("b", 2))


def _stored(bytes_per_number: float) -> Serving:
    form = Storage("as printed", 8 * bytes_per_number)
    return Serving(form, form)


def _token(i: Inputs) -> float:
    cache, serving = model(i)
    return cache.bytes_per_token(serving)


def _sequence(i: Inputs) -> float:
    cache, serving = model(i)
    return cache.sequence_bytes(i["T"], serving)


def _tokens_in(i: Inputs) -> float:
    cache, serving = model(i)
    return cache.max_tokens(i["mem_GiB"] * _GIB, serving) or math.inf


def _blocks_in(i: Inputs) -> float:
    return float(i["mem"] * _GIB // (i["bs"] * _token(i)))


def _hybrid_blocks(i: Inputs) -> float:
    """Blocks of a hybrid model, each for ``group`` layers."""
    parts = [attention(i["full"], 1, 1), attention(i["window"], 1, 1, window=i["w"])]
    return float(sum(part.n_layers * part.rows(i["T"], i["bs"]) for part in parts) / i["bs"] / i["group"])


def _gated_params(i: Inputs) -> float:
    d, heads = i["d"], 2 * (i["N"] + i["Kh"])
    return float(i["L"] * (3 * d * i["F"] + d * i["H"] * heads) + d * i["V"])


CHECKS: dict[str, Callable[[Inputs], float]] = {
    "token": _token,
    "sequence": _sequence,
    "tokens_in": _tokens_in,
    "blocks_in": _blocks_in,
    "hybrid_blocks": _hybrid_blocks,
    "ratio": lambda i: i["x"] / i["y"],
    "whole": lambda i: i["x"] // i["y"],
    "saving": lambda i: 100 * (1 - _token(i["new"]) / _token(i["old"])),
    "concurrency": lambda i: i["blocks"] * i["bs"] / i["ml"],
    "left_gib": lambda i: i["total"] * i["u"] - i["peak"] - i["nt"],
    "step_ms": lambda i: 1e3 * (i["W"] + i["B"] * i["kvs"]) / i["bw"],
    "step_compute_ms": lambda i: 1e3 * (i["B"] * i["kvs"] / i["bw"] + 2 * i["B"] * i["Np"] / i["f"]),
    "prefill_s": lambda i: 2 * i["Np"] * i["T"] / i["f"],
    "kv_flops": lambda i: 2.0 * 2 * i["L"] * i["d"] ** 2,
    "gated_params": _gated_params,
    # a prompt of N: operations 4 N^2 d over bytes 8 N^2 + 8 N d, as that guide counts them
    "attention_intensity": lambda i: 4 * i["N"] * i["d"] / (8 * i["N"] + 8 * i["d"]),
    "break_even": lambda i: math.floor((i["w"] - i["r"]) / (1 - i["r"])) + 1,
}
