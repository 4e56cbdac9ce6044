"""The Hugging Face layout: a folder's config.json, read into a ``ModelConfig``.

The Llama family is one computation with a few switches, but config.json names the family member and leaves the
switches to the reader; ``kvlab.io.family`` knows them. What would change the computation and has no switch is
refused by name, before a weight is read.

The type that the weights are stored in (``torch_dtype``, now ``dtype``) is not read: each tensor states its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.family import MEMBERS, Member
from kvlab.io.json_fields import Fields, read_object
from kvlab.io.rope_fields import read_rope
from kvlab.model.config import ModelConfig

_MOST_LAYERS = 10_000


def read_config(folder: str | Path) -> ModelConfig:
    """The configuration of the model in a folder.

    Parameters
    ----------
    folder : path
        Holds a config.json, as ``save_pretrained`` writes it and as model repositories hold it.

    Returns
    -------
    ModelConfig

    Raises
    ------
    FileNotFoundError
        There is no config.json.
    UnsupportedModelError
        The architecture, or an option of it, is one that this package does not compute; the message names it.
    ValueError
        The file is not a JSON object, or a value in it is missing, of the wrong type or contradictory.
    """
    path = Path(folder) / "config.json"
    values = read_object(path)
    try:
        return _config(values)
    except UnsupportedModelError as error:
        raise UnsupportedModelError(f"{path}: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _config(values: dict[str, Any]) -> ModelConfig:
    name, member = _member(values)
    fields = Fields("", values, member.defaults)
    _refuse_foreign_options(fields)
    layers, heads = fields.integer("num_hidden_layers"), fields.integer("num_attention_heads")
    if layers > _MOST_LAYERS:  # what is listed per layer would fill the memory
        raise ValueError(f"num_hidden_layers is {layers}; more than {_MOST_LAYERS} is not believed.")
    return ModelConfig(
        n_layers=layers,
        embed_dim=fields.integer("hidden_size"),
        n_heads=heads,
        n_kv_heads=_or(fields.optional_integer("num_key_value_heads"), heads),
        head_dim=_head_dim(fields, heads),
        mlp_dim=fields.integer("intermediate_size"),
        vocab_size=fields.integer("vocab_size"),
        norm_eps=fields.number("rms_norm_eps"),
        rope=read_rope(fields),
        tied_head=fields.flag("tie_word_embeddings"),
        max_positions=fields.integer("max_position_embeddings"),
        architecture=name,
        **member.switches(fields),
    )


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _head_dim(fields: Fields, heads: int) -> int:
    """As stated; where nothing is stated, the embedding shared out among the heads."""
    stated = fields.optional_integer("head_dim")
    if stated is None:
        stated = fields.defaults.get("head_dim")
    if stated is not None:
        return stated
    embed_dim = fields.integer("hidden_size")
    if heads < 1 or embed_dim % heads:
        raise ValueError(f"hidden_size {embed_dim} is no multiple of num_attention_heads {heads}: state head_dim.")
    return embed_dim // heads


def _member(values: dict[str, Any]) -> tuple[str, Member]:
    """The family member that a config names."""
    name = Fields("", values).optional_text("model_type")
    if name is None:
        raise ValueError("model_type is missing: it says which computation the weights are for.")
    if name not in MEMBERS:
        raise UnsupportedModelError(
            f"model_type {name!r} is not supported; {', '.join(MEMBERS)} are. "
            "Other architectures compute something else, even where their tensors bear the same names."
        )
    return name, MEMBERS[name]


# Options that change the computation and have no switch here, with the values that leave it as it is.
_FOREIGN_OPTIONS: dict[str, tuple[object, ...]] = {
    "hidden_act": ("silu", "swish"),  # two names of one function
    "quantization_config": ({},),
    "partial_rotary_factor": (1.0,),
    "is_causal": (True,),
    "use_bidirectional_attention": (False,),
    "use_mrope": (False,),
    "no_rope_layers": ([],),
    "attention_sinks": (False, 0),
    "attention_chunk_size": (),
    "attn_logit_softcapping": (),
    "final_logit_softcapping": (),
    "clip_qkv": (),
    "attention_multiplier": (),
    "embedding_multiplier": (1.0,),
    "residual_multiplier": (1.0,),
    "logits_scaling": (1.0,),
    "num_experts": (0, 1),
    "num_local_experts": (0, 1),
}


def _refuse_foreign_options(fields: Fields) -> None:
    for key, harmless in _FOREIGN_OPTIONS.items():
        value = fields.given.get(key)
        if value is not None and value not in harmless:
            allowed = " or ".join(repr(entry) for entry in harmless if entry != {}) or "its absence"
            raise UnsupportedModelError(f"{key} is {value!r}, which is not supported; {allowed} is.")
