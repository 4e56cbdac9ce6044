"""The memory calculator as a part of the page: native form elements, one small script, no kernel.

The script evaluates the same sum as `kvlab.measure.memory`, over the same presets; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kvlab.figures import page
from kvlab.figures.fields import number, select
from kvlab.figures.svg import identifier
from kvlab.measure.layers import Layers, Serving
from kvlab.measure.presets import Described, preset, rows
from kvlab.measure.storage import Storage, storage
from kvlab.measure.units import binary, decimal

FORMS = ("bf16", "fp32", "fp8", "int4", "int4@64", "q8_0", "q4_0")


@dataclass(frozen=True)
class Calculator:
    """What a notebook or the book displays.

    Attributes
    ----------
    html, words : str
        The form; and, where there is no HTML, its first answer.
    """

    html: str
    words: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/markdown": self.words, "text/plain": self.words}


def table(names: Sequence[str]) -> dict[str, Any]:
    """What the script computes with: models as groups of layers, and number formats.

    Parameters
    ----------
    names : sequence of str
        Presets.

    Returns
    -------
    dict
    """
    models = {name: _model(preset(name)) for name in names}
    return {"models": models, "forms": {name: _form(storage(name)) for name in FORMS}}


def _model(model: Described) -> dict[str, Any]:
    layers = [_layers(part) for part in model.cache.layers]
    return {"layers": layers, "parameters": model.widths.n_parameters}


def _layers(part: Layers) -> dict[str, Any]:
    return {
        "layers": part.n_layers, "heads": part.n_heads, "key": part.key_dim, "value": part.value_dim,
        "window": part.window, "every": part.tokens_per_row, "sharded": part.sharded, "state": part.state_numbers,
        "stored": _form(part.stored) if part.stored else None,
    }  # fmt: skip


def _form(form: Storage) -> list[float]:
    return [form.bits, form.group, form.scale_bytes]


def calculator(
    *, model: str = "llama-3.1-8b", tokens: int = 8192, batch: int = 8, memory_gib: int = 80, name: str = "calculator"
) -> Calculator:
    """Make the form, answered for one choice, which is what shows where scripts are off.

    Parameters
    ----------
    model : str
        A preset, chosen at first.
    tokens, batch, memory_gib : int
        The other first choices.
    name : str
        The part's id.

    Returns
    -------
    Calculator
    """
    identifier(name)
    first = preset(model)
    weights = first.widths.weight_bytes(storage("bf16")) or 0.0
    one = first.cache.sequence_bytes(tokens, Serving())
    longest = first.cache.max_tokens(memory_gib * 2**30 - weights, batch=batch)
    found = [
        ("one", "One sequence", _both(one)), ("all", "All sequences", _both(batch * one)),
        ("total", "Weights", _both(weights)), ("together", "Together", _both(batch * one + weights)),
        ("longest", "Longest context that fits", f"{longest:,} tokens"),
    ]  # fmt: skip
    head = f"<p class='kv-title' id='{name}-title'>What does a cache take, on one device?</p>"
    fields = _fields(name, model, tokens, batch, memory_gib)
    cells = "".join(
        f"<tr><th scope='row'>{label}</th><td data-out='{key}'>{words}</td></tr>" for key, label, words in found
    )
    note = "<p data-out='note' role='status'>Without scripts, this is the answer to one question.</p>"
    data = page.script_data(table(list(rows())))
    html = (
        f"<div class='kv-figure kv-calculator' id='{name}' role='group' aria-labelledby='{name}-title'>{head}{fields}"
        f"<table class='table' style='margin-top:1rem'><tbody>{cells}</tbody></table>{note}"
        f"<script class='kv-data' type='application/json'>{data}</script>{page.scripts('calculator')}</div>"
    )
    said = "; ".join(f"{label.lower()}: {words}" for _, label, words in found)
    return Calculator(html, f"**{model}**, {tokens:,} tokens, {batch} sequences: {said}.")


def _both(n_bytes: float) -> str:
    return f"{binary(n_bytes)} = {decimal(n_bytes)}"


def _fields(name: str, model: str, tokens: int, batch: int, memory: int) -> str:
    made = [
        select(name, "model", "Model", list(rows()), model), number(name, "tokens", "Context, tokens", tokens),
        number(name, "batch", "Sequences", batch), select(name, "form", "Cache stored in", FORMS, "bf16"),
        select(name, "weights", "Weights stored in", FORMS, "bf16"),
        select(name, "devices", "Devices that share the heads", ("1", "2", "4", "8", "16"), "1"),
        number(name, "memory", "Memory of one device, GiB", memory),
    ]  # fmt: skip
    grid = "display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.7rem 1rem"
    return f"<div style='{grid}'>{''.join(made)}</div>"
