"""Which layers have windows and which have states: a second opinion from transformers' own caches."""

import json
from collections import Counter

import pytest

from kvlab.measure.config_layers import layers_of

FAMILIES = [
    "cohere2", "deepseek_v3", "exaone4", "falcon", "gemma", "gemma2", "gemma3_text", "gpt2", "gpt_oss", "jamba", "lfm2",
    "llama", "mamba2", "mistral", "mixtral", "olmo3", "opt", "phi3", "qwen2", "qwen3", "qwen3_moe", "qwen3_next",
    "smollm3", "starcoder2",
]  # fmt: skip


def kinds_by_transformers(config):
    """What DynamicCache makes for each layer."""
    from transformers import DynamicCache

    names = [type(layer).__name__ for layer in DynamicCache(config=config).layers]
    return Counter("window" if "Sliding" in n else "state" if "Linear" in n else "full" for n in names)


@pytest.mark.live_oracle
@pytest.mark.parametrize("listed", [True, False], ids=["listed", "by rule"])
@pytest.mark.parametrize("family", FAMILIES)
def test_layer_kinds_are_those_of_transformers(family, listed):
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    config = CONFIG_MAPPING[family]()
    values = json.loads(config.to_json_string(use_diff=False))
    if not listed:
        values.pop("layer_types", None)  # older files do not list their layers; then the family's rule holds
    ours = Counter()
    for part in layers_of(values):
        ours["window" if part.window else "state" if part.kind == "state" else "full"] += part.n_layers
    assert ours == kinds_by_transformers(config)
