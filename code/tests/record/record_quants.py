"""Record what the published ``gguf`` package makes of random blocks of every tensor type that kvlab reads.

pip install gguf numpy
python code/tests/record/record_quants.py
"""

from __future__ import annotations

import base64
import datetime
import importlib.metadata
import json
import platform
from pathlib import Path

import gguf
import numpy as np

OUT = Path(__file__).parents[1] / "data" / "gguf_quants.json"
TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
# where each block keeps float16 numbers, which random bytes would make infinite
HALVES = {
    "F16": [0], "Q8_0": [0], "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q2_K": [80, 82],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208],
}  # fmt: skip


def random_blocks(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]][1]
    blocks = rng.integers(0, 256, (count, block_bytes), dtype=np.uint8)
    if name == "F32":
        blocks = rng.standard_normal((count, 1)).astype("<f4").view(np.uint8)
    if name == "BF16":
        blocks = rng.standard_normal((count, 1)).astype("<f4").view(np.uint8)[:, 2:].copy()
    for at in HALVES.get(name, []):
        blocks[:, at : at + 2] = rng.standard_normal((count, 1)).astype("<f2").view(np.uint8)
    return blocks


def main() -> None:
    rng = np.random.default_rng(20250207)
    cases = {}
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        block_len = gguf.GGML_QUANT_SIZES[kind][0]
        blocks = random_blocks(name, 3 if block_len > 1 else 32, rng)
        numbers = gguf.dequantize(blocks.reshape(-1), kind).astype("<f4")
        cases[name] = {
            "raw": base64.b64encode(blocks.tobytes()).decode(),
            "numbers": base64.b64encode(numbers.tobytes()).decode(),
        }
    record = {
        "made_by": "code/tests/record/record_quants.py",
        "date": datetime.date.today().isoformat(),
        "gguf": importlib.metadata.version("gguf"),
        "numpy": np.__version__,
        "python": platform.python_version(),
        "cases": cases,
    }
    OUT.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
