"""What else needs memory, roughly: the weights, and what a pass holds while it runs.

Both are estimates with their formula in the open. Weights are counted from the shapes where they are those of the
Llama family, dense or with experts; a preset brings its published count. Activations depend on the engine; the
formula counts the widest arrays that a fused implementation keeps of one layer, and the logits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kvlab.measure.config_heads import HEADS, WIDTH
from kvlab.measure.config_layers import with_defaults
from kvlab.measure.config_values import integer, needed
from kvlab.measure.layers import Layers
from kvlab.measure.storage import Storage

_MLP = ("intermediate_size", "ffn_dim", "n_inner", "ffn_hidden_size")
_EXPERTS = ("num_experts", "num_local_experts", "n_routed_experts")


@dataclass(frozen=True)
class Widths:
    """The sizes beside the cache that an estimate needs.

    Attributes
    ----------
    embed_dim, mlp_dim, vocab_size : int
        E, M (4 E where a config is silent) and V.
    n_parameters : int or None
        None where the shapes are of a kind that is not counted here.
    """

    embed_dim: int
    mlp_dim: int
    vocab_size: int
    n_parameters: int | None

    def weight_bytes(self, form: Storage, tensor_parallel: int = 1) -> float | None:
        """Bytes of the weights on one device, all of them in one format; None where the count is not known."""
        if self.n_parameters is None:
            return None
        return form.row_bytes(self.n_parameters) / tensor_parallel

    def activation_bytes(self, n_tokens: int, batch: int, tensor_parallel: int = 1) -> float:
        """Bytes of a pass over ``n_tokens`` new tokens of ``batch`` sequences, in 16 bits, logits in 32.

        Per token four arrays as wide as the hidden state, and three as wide as the MLP, which devices share;
        per sequence one row of logits.
        """
        per_token = 4 * self.embed_dim + 3 * self.mlp_dim / tensor_parallel
        return 2 * n_tokens * per_token + 4 * batch * self.vocab_size


def widths_of(config: Mapping[str, Any], layers: list[Layers], n_parameters: int | None = None) -> Widths:
    """The widths that a config.json states; parameters counted from them if none are given.

    Raises
    ------
    ValueError
        The width of the hidden state is missing.
    """
    values = with_defaults(config)
    embed = needed(values, "the width", *WIDTH)
    mlp, vocab = integer(values, *_MLP) or 4 * embed, integer(values, "vocab_size") or 0
    return Widths(embed, mlp, vocab, n_parameters or _counted(values, layers, embed, mlp, vocab))


def _counted(values: Mapping[str, Any], layers: list[Layers], embed: int, mlp: int, vocab: int) -> int | None:
    """Embedding, projections and MLP of the Llama family; norms and biases are too few to matter."""
    if any(part.kind not in ("full", "window") for part in layers) or not vocab:
        return None
    heads, experts = needed(values, "the number of query heads", *HEADS), integer(values, *_EXPERTS) or 1
    if experts > 1:
        mlp = integer(values, "moe_intermediate_size") or mlp
        always = integer(values, "n_shared_experts", "num_shared_experts") or 0  # experts that serve every token
        experts += always or int(str(values.get("model_type")).startswith("llama4"))
    gated = values.get("model_type") not in ("opt", "gpt2", "falcon", "gpt_neox", "gpt_bigcode", "starcoder2", "phi")
    total = embed * vocab * (1 if values.get("tie_word_embeddings") else 2)
    for part in layers:
        projections = embed * (2 * heads * part.key_dim + part.n_heads * (part.key_dim + part.value_dim))
        total += part.n_layers * (projections + experts * (3 if gated else 2) * embed * mlp)
    return total
