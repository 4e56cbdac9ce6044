"""Record what two other programs make of SmolLM2's file: transformers (logits, tokens) and llama.cpp (tokens).

    pip install torch transformers accelerate gguf llama-cpp-python
    python code/tests/record/record_smollm2.py MODEL.gguf

transformers reads the GGUF file itself and puts the query and key rows back in order by its own code, so that its
logits check kvlab's reading of the file as much as the forward pass. llama.cpp rounds activations to 8 bits when the
weights are quantised, so it is given a float32 copy of the file; what is recorded is for how many tokens it agrees
with transformers, how far its logits are (it keeps K and V as float16), and what its tokenizer makes of hard text.
"""

from __future__ import annotations

import datetime
import hashlib
import importlib.metadata
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import torch
from transformers import AutoModelForCausalLM

OUT = Path(__file__).parents[1] / "data" / "smollm2.json"
NEW_TOKENS = 24
PROMPTS = [
    "The KV cache is",
    "Once upon a time, in a small village by the sea,",
    "def fibonacci(n):\n    ",
    "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
    "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n",
]
TEXTS = [
    "Hello, world! 1234567 héllo 你好 🙂\n\n  x",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽", "é e\u0301 Z\u0351\u036b\u0343\u036a", "العربية مُشَكَّلَة",
    "हिन्दी क्षत्रिय", "½ ² Ⅷ ४५६ 0x1F 3.14e-10", "\u200b\u202e\ufeff\u00a0\u3000 \x1c\x7f", "a\x04b",
    "don't WE'LL ’twas",
    " " * 300, "\t \n \t\n  x", "<|im_end|> is text here", "if(x){\n\treturn y;\n}\n\n\n    ",
    "日本語English混在123テスト",
]  # fmt: skip


def logits_record(logits: torch.Tensor, position: int) -> dict[str, Any]:
    """The five best tokens of one position, and the log of the sum over all, which every logit moves."""
    top = torch.topk(logits, 5)
    return {
        "position": position,
        "top_ids": top.indices.tolist(),
        "top_logits": [round(value, 5) for value in top.values.tolist()],
        "log_sum_exp": round(torch.logsumexp(logits.double(), -1).item(), 5),
    }


def widened(path: Path, folder: str) -> Path:
    """A copy of a quantised file with every weight as float32."""
    options = llama_cpp.llama_model_quantize_default_params()
    options.ftype, options.allow_requantize = llama_cpp.LLAMA_FTYPE_ALL_F32, True
    copy = Path(folder) / "f32.gguf"
    if llama_cpp.llama_model_quantize(str(path).encode(), str(copy).encode(), options):
        raise RuntimeError(f"llama.cpp could not widen {path}.")
    return copy


def by_llama_cpp(llama: llama_cpp.Llama, ids: list[int], expected: torch.Tensor, greedy: list[int]) -> dict[str, Any]:
    """How far llama.cpp goes along: greedy tokens, and the largest difference of any logit on the same text."""
    llama.reset()
    drawn = [token for token, _ in zip(llama.generate(ids, temp=0.0), greedy, strict=False)]
    llama.reset()
    llama.eval(ids + greedy)
    apart = [i for i, (a, b) in enumerate(zip(drawn, greedy, strict=True)) if a != b]
    difference = np.abs(np.array(llama.scores)[: len(expected)] - expected.numpy()).max()
    return {"equal_tokens": apart[0] if apart else len(greedy), "max_logit_difference": round(float(difference), 4)}


def main(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        llama = llama_cpp.Llama(str(widened(path, folder)), n_ctx=512, verbose=False, logits_all=True)
        record(path, llama)


def record(path: Path, llama: llama_cpp.Llama) -> None:
    model = AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    prompts = []
    for text in PROMPTS:
        ids = llama.tokenize(text.encode(), add_bos=False, special=True)
        whole = list(ids)
        with torch.no_grad():
            for _ in range(NEW_TOKENS):  # no cache and no library loop: the whole text anew for every token
                whole.append(int(model(torch.tensor([whole])).logits[0, -1].argmax()))
            logits = model(torch.tensor([whole])).logits[0]
        positions = [0, len(ids) // 2, len(ids) - 1, len(whole) - 1]
        gap = torch.topk(logits[len(ids) - 1 : -1], 2).values
        prompts.append({
            "text": text,
            "ids": ids,
            "greedy": whole[len(ids) :],
            "smallest_gap": round((gap[:, 0] - gap[:, 1]).min().item(), 4),
            "llama_cpp_float32": by_llama_cpp(llama, ids, logits, whole[len(ids) :]),
            "logits": [logits_record(logits[position], position) for position in positions],
        })  # fmt: skip
    versions = {name: importlib.metadata.version(name) for name in ("torch", "transformers", "llama_cpp_python")}
    found = {
        "made_by": "code/tests/record/record_smollm2.py",
        "date": datetime.date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "versions": versions,
        "model_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "prompts": prompts,
        "tokens_by_llama_cpp": [[text, llama.tokenize(text.encode(), add_bos=False, special=False)] for text in TEXTS],
    }
    OUT.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
