"""From a config.json to what its layers keep.

Nothing is derived that a config may state by itself. ``head_dim`` in particular is taken as stated or from the
family's configuration class, and only where that class itself divides, as Llama's does, is hidden size over heads used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

from kvlab.measure.config_heads import HEAD_DIM, Heads
from kvlab.measure.config_states import state_numbers
from kvlab.measure.config_values import integer, needed, text_part
from kvlab.measure.layer_kinds import layer_kinds
from kvlab.measure.layers import Layers, attention, latent, state
from kvlab.measure.storage import storage

LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "decoder_layers")
_MOST_LAYERS = 10_000


def with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """The language model's values, with those that its family's configuration class takes for granted."""
    part = text_part(config)
    family = part.get("model_type") or config.get("model_type")
    known = _defaults()["families"]
    taken = known.get(f"{family}_text", known.get(family, {}))
    return {**taken, **part, "model_type": family}


@cache
def _defaults() -> Any:
    return loads(files("kvlab.measure.data").joinpath("config_defaults.json").read_text(encoding="utf-8"))


def layers_of(config: Mapping[str, Any]) -> list[Layers]:
    """What the layers of a model keep, equal layers together.

    Parameters
    ----------
    config : mapping
        A config.json as read.

    Returns
    -------
    list of Layers

    Raises
    ------
    ValueError
        The config is of an encoder and decoder, or misses or contradicts something; the sentence says what.
    """
    values = with_defaults(config)
    if config.get("is_encoder_decoder"):
        raise ValueError("this is an encoder with a decoder; what it keeps for cross-attention is not modelled.")
    pattern = values.get("hybrid_override_pattern") or values.get("layers_block_type") or ""
    n_layers = len(pattern) or needed(values, "the number of layers", *LAYERS)
    if n_layers > _MOST_LAYERS:
        raise ValueError(f"the number of layers is {n_layers}; more than {_MOST_LAYERS} is not believed.")
    kinds = layer_kinds(values, n_layers)
    if str(values["model_type"]).startswith("longcat_flash"):  # two attentions in each layer
        kinds = 2 * kinds
    borrowed = integer(values, "num_kv_shared_layers") or 0
    if borrowed >= n_layers and borrowed:
        raise ValueError(f"num_kv_shared_layers is {borrowed} of {n_layers} layers; someone must own what they share.")
    owners, factor = kinds[: len(kinds) - borrowed], integer(values, "cla_share_factor", default=1) or 1
    if values.get("use_cla") and factor > 1:  # Hunyuan: every factor-th layer owns
        owners, borrowed = owners[::factor], n_layers - len(owners[::factor])
    parts = [part for kind, count in Counter(owners).items() for part in _parts(values, kind, count)]
    return parts + ([Layers(borrowed, "shared")] if borrowed else [])


def _parts(values: Mapping[str, Any], kind: str, count: int) -> Iterator[Layers]:
    """What ``count`` layers of one kind keep; some keep two things."""
    if kind == "none":
        yield Layers(count, "none")
        return
    if kind in ("state", "both"):
        yield state(count, state_numbers(values))
    if kind in ("csa", "hca"):
        yield from _compressed(values, kind, count)
    elif kind != "state":
        yield from _attention(values, kind, count)


def _attention(values: Mapping[str, Any], kind: str, count: int) -> Iterator[Layers]:
    rank = integer(values, "kv_lora_rank")
    if rank:
        yield latent(count, rank, needed(values, "the rotated part of a key", "qk_rope_head_dim"))
    else:
        heads = Heads.of(values, kind)
        yield attention(count, heads.count, heads.key_dim, value_dim=heads.value_dim, window=_window(values, kind))
    if (index := integer(values, "index_head_dim")) and kind == "full":
        yield replace(latent(count, index, 0), kind="index", stored=storage("fp8@128"))


def _compressed(values: Mapping[str, Any], kind: str, count: int) -> Iterator[Layers]:
    """DeepSeek-V4's layers: a window of plain rows and, for older text, a row for every few tokens."""
    rates = values.get("compress_rates") or {}
    usual, name = (4, "compressed_sparse_attention") if kind == "csa" else (128, "heavily_compressed_attention")
    rate = rates.get(name, usual)
    dim = needed(values, "the head dimension", *HEAD_DIM)
    yield Layers(count, "window", 1, dim, 0, needed(values, "the window", "sliding_window"), sharded=False)
    yield Layers(count, f"1 row in {rate}", 1, dim, 0, tokens_per_row=rate, sharded=False)
    if (index := integer(values, "index_head_dim")) and kind == "csa":
        form = storage("int4@128")
        yield Layers(count, "index", 1, index, 0, tokens_per_row=rate, sharded=False, stored=form)


def _window(values: Mapping[str, Any], kind: str) -> int | None:
    if kind in ("full", "both"):
        return None
    names = (
        ("attention_chunk_size",) if kind == "chunked" else ("sliding_window", "attention_window_size", "window_size")
    )
    return needed(values, "the window", *names, "sliding_window_size")
