"""Records what `transformers` computes with tiny random models, one for each switch of the Llama family.

    pip install torch transformers
    python code/tests/record/record_transformers.py

writes, for every case in `data/transformers/cases.json`, a folder with the model as `save_pretrained` leaves it
and `expected.npz` with tokens, logits and greedy continuation; and for every set of parameters in
`rope_cases.json`, the frequencies of its rotation. `make test`, which has no torch, holds the package to these
files; the live oracle asks anew and skips the files.
"""

from __future__ import annotations

import copy
import datetime
import json
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path(__file__).resolve().parent.parent / "data" / "transformers"
CASES: dict[str, dict[str, Any]] = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))
ROPE_CASES: dict[str, dict[str, Any]] = json.loads((DATA / "rope_cases.json").read_text(encoding="utf-8"))
NEW_TOKENS = 24

# The smallest geometry in which no two sizes are equal by accident: E 32, H 4, D 8, M 40, V 61, two layers.
GEOMETRY = {
    "hidden_size": 32, "num_attention_heads": 4, "intermediate_size": 40, "vocab_size": 61, "num_hidden_layers": 2,
    "max_position_embeddings": 256, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None,
}  # fmt: skip


def build(name: str) -> Any:
    """A case's model with random parameters, all of them representable in the type that its file will have."""
    import torch
    import transformers

    case = CASES[name]
    config = transformers.AutoConfig.for_model(**(GEOMETRY | case["config"]))
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    torch.manual_seed(zlib.crc32(name.encode()))
    with torch.no_grad():
        for parameter_name, parameter in model.named_parameters():
            # rounded here and not with model.to(), which would round the rotation's frequencies as well
            parameter.copy_(_random(parameter_name, parameter).to(_dtype(name)))
    return model


def _random(name: str, parameter: Any) -> Any:
    """Values far from those of a fresh model: a gain left at 1 or a bias at 0 would hide its being forgotten."""
    import torch

    noise = torch.randn_like(parameter)
    if "norm" in name:
        return 1 + 0.3 * noise
    if name.endswith("bias"):
        return 0.5 * noise
    # a small embedding: a large one, tied to the head, would make every token predict itself
    return 0.3 * noise if "embed" in name else 1.5 * noise * parameter.shape[1] ** -0.5


def _dtype(name: str) -> Any:
    import torch

    return getattr(torch, CASES[name].get("dtype", "float16"))


def save(name: str, model: Any, folder: Path) -> None:
    """The model as a checkpoint folder, in the type that its case names."""
    case = CASES[name]
    stored = copy.deepcopy(model.model if case.get("base_only") else model).to(_dtype(name))
    stored.save_pretrained(folder, max_shard_size=case.get("max_shard_size", "1GB"))
    (folder / "generation_config.json").unlink(missing_ok=True)


def expected(name: str, model: Any) -> dict[str, np.ndarray[Any, Any]]:
    """What the model says: a prompt, its greedy continuation, and the logits at every position of both."""
    import torch

    length = CASES[name].get("prompt", 24)
    generator = torch.Generator().manual_seed(len(name))
    prompt = torch.randint(GEOMETRY["vocab_size"], (1, length), generator=generator)
    with torch.no_grad():
        text = model.generate(
            prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS, do_sample=False
        )
        logits = model(text[:, :-1], use_cache=False).logits[0]
    greedy = text[0, length:].numpy()
    return {"prompt": prompt[0].numpy(), "greedy": greedy, "logits": logits.numpy()}


def rotation(name: str) -> dict[str, Any]:
    """How fast each pair turns, and the factor on cosine and sine."""
    import torch
    from transformers.models.llama.modeling_llama import LlamaConfig, LlamaRotaryEmbedding

    parameters = copy.deepcopy(ROPE_CASES[name])  # the configuration class rewrites what it is given
    rope = LlamaRotaryEmbedding(LlamaConfig(**parameters))
    assert rope.inv_freq.dtype == torch.float32
    return {"frequencies": rope.inv_freq.tolist(), "magnitude": float(rope.attention_scaling)}


def main() -> None:
    """Write every case anew."""
    import torch
    import transformers

    for name in CASES:
        folder = DATA / name
        shutil.rmtree(folder, ignore_errors=True)
        model = build(name)
        save(name, model, folder)
        np.savez_compressed(folder / "expected.npz", **expected(name, model))
        print(f"{name}: {sum(file.stat().st_size for file in folder.iterdir()) / 1024:.0f} KiB")
    rotations = {name: rotation(name) for name in ROPE_CASES}
    (DATA / "rope_expected.json").write_text(json.dumps(rotations) + "\n", encoding="utf-8")
    made = {
        "script": "code/tests/record/record_transformers.py",
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {"transformers": transformers.__version__, "torch": torch.__version__, "numpy": np.__version__},
    }
    (DATA / "made_by.json").write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
