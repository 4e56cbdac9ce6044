"""Write down what transformers' configuration classes take for granted, as far as a cache's size depends on it.

    pip install transformers
    python code/tests/record/record_config_defaults.py

Torch is not needed.

Hub configs may leave out what a class knows: Gemma 3's say nothing of heads, Mistral's may say nothing of its window.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
from pathlib import Path

import transformers
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

TARGET = Path(__file__).resolve().parents[2] / "kvlab" / "measure" / "data" / "config_defaults.json"
_NAMES = """
num_hidden_layers n_layer n_layers num_layers hidden_size n_embd d_model num_attention_heads n_head n_heads
num_heads num_key_value_heads num_kv_heads head_dim kv_channels attention_head_dim v_head_dim kv_lora_rank
qk_rope_head_dim index_head_dim sliding_window use_sliding_window max_window_layers sliding_window_pattern
swa_num_key_value_heads swa_head_dim num_kv_shared_layers attention_k_eq_v multi_query new_decoder_architecture
attention_chunk_size linear_num_value_heads linear_num_key_heads linear_key_head_dim linear_value_head_dim
linear_conv_kernel_dim mamba_d_state mamba_d_conv mamba_expand mamba_n_heads mamba_d_head mamba_n_groups
mamba_num_heads mamba_head_dim ssm_state_size conv_kernel state_size expand n_groups conv_L_cache lru_width
conv1d_width attention_window_size attn_layer_period attn_layer_offset global_attn_every_n_layers layer_group_size
intermediate_size vocab_size tie_word_embeddings n_inner ffn_dim num_experts num_local_experts n_routed_experts
moe_intermediate_size
"""
KEYS = set(_NAMES.split())


def families() -> dict[str, dict[str, object]]:
    """The class defaults of every family that writes text."""
    found = {}
    for name in sorted(set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES) & set(CONFIG_MAPPING)):
        top = CONFIG_MAPPING[name]
        inner = [part for key, part in (getattr(top, "sub_configs", None) or {}).items() if "text" in key]
        for cls in [top, *inner]:
            if dataclasses.is_dataclass(cls):
                stated = {f.name: f.default for f in dataclasses.fields(cls) if f.name in KEYS}
                kept = {k: v for k, v in sorted(stated.items()) if isinstance(v, int | str)}
                found[cls.model_type] = kept
    return {name: values for name, values in sorted(found.items()) if values}


if __name__ == "__main__":
    about = {
        "what": "defaults of transformers' configuration classes that a cache's size depends on",
        "source": f"https://github.com/huggingface/transformers, version {transformers.__version__}",
        "made by": "code/tests/record/record_config_defaults.py",
        "date": datetime.date.today().isoformat(),
    }
    lines = ",\n".join(f'    "{name}": {json.dumps(values)}' for name, values in families().items())
    head = json.dumps(about, indent=2).rstrip("}\n ")
    TARGET.write_text(f'{head},\n  "families": {{\n{lines}\n  }}\n}}\n', encoding="utf-8")
    print(TARGET, TARGET.stat().st_size)
