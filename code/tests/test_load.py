"""``load_model``: what it takes, what it refuses, and what it costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gguf_models import TINY, write_model
from tokenizers_made import byte_level

from kvlab import load_model, random_weights
from kvlab.io.gguf_bytes import GgufError


def test_a_gguf_file_with_its_tokenizer(tmp_path: Path) -> None:
    config = TINY.with_(vocab_size=393)
    path = write_model(tmp_path / "m.gguf", config, settings=byte_level())
    for given in (path, str(path)):
        model = load_model(given)
        assert model.tokenizer.decode(model.tokenizer.encode("Hello")) == "Hello"
        assert model.forward(model.tokenizer.encode("Hello")).shape[1] == 393
    assert load_model(path, tokenizer=False).tokenizer is None


def hugging_face_folder(folder: Path) -> Path:
    """A tiny Llama as ``save_pretrained`` leaves it."""
    numpy_files = pytest.importorskip("safetensors.numpy")
    weights, split = random_weights(TINY), np.cumsum([4 * 8, 2 * 8])
    assert weights.head is not None
    found: dict[str, Any] = {
        "model.embed_tokens.weight": weights.embedding, "model.norm.weight": weights.final_norm,
        "lm_head.weight": weights.head.T,
    }  # fmt: skip
    for i, layer in enumerate(weights.layers):
        names = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "mlp.gate_proj", "mlp.up_proj"]
        matrices = [*np.split(layer.qkv.T, split), *np.split(layer.gate_up.T, 2)]
        parts = dict(zip(names, matrices, strict=True)) | {
            "self_attn.o_proj": layer.output.T, "mlp.down_proj": layer.down.T,
            "input_layernorm": layer.attention_norm, "post_attention_layernorm": layer.mlp_norm,
        }  # fmt: skip
        found |= {f"model.layers.{i}.{name}.weight": array for name, array in parts.items()}
    numpy_files.save_file({name: np.ascontiguousarray(a) for name, a in found.items()}, folder / "model.safetensors")
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "intermediate_size": 64,
        "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "vocab_size": 50,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 2048, "tie_word_embeddings": False,
        "hidden_act": "silu",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_a_folder_and_a_file_of_the_same_model_agree(tmp_path: Path) -> None:
    """GGUF stores query and key rows in another order and HF does not: both must end in the same logits."""
    folder = load_model(hugging_face_folder(tmp_path))
    file = load_model(write_model(tmp_path / "m.gguf"), tokenizer=False)
    assert folder.tokenizer is None
    ids = [3, 1, 4, 1, 5, 9, 2, 6]
    np.testing.assert_array_equal(folder.forward(ids), file.forward(ids))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("gpt-5", "'gpt-5' is neither a known model nor a path that exists. Give one of the names smollm2-135m"),
        ("none.gguf", "is neither a known model nor a path"),
        ("empty", "the folder .*empty has no config.json. Give one of"),
        ("file.txt", "file.txt is not a .gguf file. Give one of"),
    ],
)
def test_what_is_neither_a_name_nor_a_model(tmp_path: Path, given: str, sentence: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").touch()
    with pytest.raises(ValueError, match=sentence):
        load_model(given if given == "gpt-5" else tmp_path / given)


def test_a_damaged_file(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf")
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(GgufError, match="Download it again"):
        load_model(path)


COST = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
from kvlab import KVCache, generate_cached, load_model
model = load_model("smollm2-135m")
seconds = time.perf_counter() - start
ids = model.tokenizer.encode_chat([{"role": "user", "content": "Tell me about the sea."}])
cache = KVCache.for_model(model.config, 1024)
list(generate_cached(model, ids, 16, cache=cache))
high_water, = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(json.dumps({
    "seconds": seconds, "peak": 1024 * int(high_water.split()[1]), "needed": model.weights.nbytes + cache.nbytes(),
}))
"""


@pytest.mark.model
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's own peak")
def test_a_chat_takes_little_more_memory_than_weights_and_cache() -> None:
    """Interpreter, vocabulary and one tensor at a time come on top; the file's pages must not stay."""
    load_model("smollm2-135m")  # downloaded and verified
    result = subprocess.run([sys.executable, "-c", COST], capture_output=True, text=True, check=True, timeout=120)
    cost = json.loads(result.stdout)
    assert cost["needed"] < cost["peak"] < 1.15 * cost["needed"]
    assert cost["seconds"] < 20  # about one on a quiet machine; this only catches a slip by a factor
