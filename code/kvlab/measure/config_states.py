"""How many numbers a recurrent layer keeps of a sequence, for the kinds of layer that models have.

Each keeps a matrix that stands for all tokens so far and, for its short convolution, the last few inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kvlab.measure.config_values import integer, needed


def state_numbers(values: Mapping[str, Any]) -> int:
    """Numbers that one recurrent layer keeps of one sequence.

    Parameters
    ----------
    values : mapping
        A config.json, with its family's defaults filled in.

    Raises
    ------
    ValueError
        It is a kind of layer that this calculator does not know.
    """
    for size in (_gated_delta, _kimi, _conv, _recurrent_gemma, _mamba2, _mamba, _lightning):
        if (numbers := size(values)) is not None:
            return numbers
    raise ValueError(
        f"the recurrent layers of {values.get('model_type')!r} keep a state that this calculator cannot size."
    )


def _gated_delta(values: Mapping[str, Any]) -> int | None:
    """Qwen3-Next: a key x value matrix for each value head."""
    if not (heads := integer(values, "linear_num_value_heads")):
        return None
    key, value = (needed(values, "a linear head's width", f"linear_{part}_head_dim") for part in ("key", "value"))
    channels = 2 * needed(values, "the linear key heads", "linear_num_key_heads") * key + heads * value
    return heads * key * value + channels * _before(values, "linear_conv_kernel_dim")


def _kimi(values: Mapping[str, Any]) -> int | None:
    """Kimi Linear: a square matrix for each head."""
    linear = values.get("linear_attn_config")
    if not isinstance(linear, Mapping) or "head_dim" not in linear:
        return None
    heads, dim = (needed(linear, "the linear heads", key) for key in ("num_heads", "head_dim"))
    return heads * dim * dim + 3 * heads * dim * _before(linear, "short_conv_kernel_size")


def _conv(values: Mapping[str, Any]) -> int | None:
    """LFM2: nothing but the convolution's last inputs."""
    if not integer(values, "conv_L_cache"):
        return None
    return needed(values, "the width", "hidden_size") * _before(values, "conv_L_cache")


def _recurrent_gemma(values: Mapping[str, Any]) -> int | None:
    """A vector, and the convolution's last inputs."""
    if not (width := integer(values, "lru_width")):
        return None
    return width * (1 + _before(values, "conv1d_width"))


def _mamba2(values: Mapping[str, Any]) -> int | None:
    """Mamba-2 and all that use it: a head x state matrix for each head."""
    heads = integer(values, "mamba_num_heads", "mamba_n_heads", default=None)
    if heads is None and values.get("model_type") == "mamba2":
        heads = integer(values, "num_heads")
    if not heads:
        return None
    inner = heads * needed(values, "a state head's width", "mamba_head_dim", "mamba_d_head", "head_dim")
    size = needed(values, "the state's width", "ssm_state_size", "mamba_d_state", "state_size")
    groups = integer(values, "n_groups", "mamba_n_groups", default=1) or 1
    return inner * size + (inner + 2 * groups * size) * _before(values, "mamba_d_conv", "conv_kernel")


def _mamba(values: Mapping[str, Any]) -> int | None:
    """Mamba: a state for each inner channel."""
    size = integer(values, "mamba_d_state", "state_size")
    if not size:
        return None
    inner = (integer(values, "mamba_expand", "expand") or 2) * needed(values, "the width", "hidden_size")
    return inner * (size + _before(values, "mamba_d_conv", "conv_kernel"))


def _lightning(values: Mapping[str, Any]) -> int | None:
    """MiniMax and Bailing: a square matrix for each query head."""
    if values.get("model_type") not in ("minimax", "minimax_text_01", "bailing_hybrid"):
        return None
    heads = needed(values, "the number of query heads", "num_attention_heads")
    dim = integer(values, "head_dim") or needed(values, "the width", "hidden_size") // heads
    return heads * dim * dim


def _before(values: Mapping[str, Any], *names: str) -> int:
    """Inputs that a convolution must remember: one fewer than it is wide."""
    return max(0, (integer(values, *names) or 1) - 1)
