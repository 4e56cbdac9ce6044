"""Small tokenizers for tests, as the settings of a GGUF file."""

from __future__ import annotations

from typing import Any

from reference_bpe import train

PARABLE = """The quick brown fox doesn't jump; it's 1234567 years old, and they'll say "No!" to 89 lazy dogs.
    def decode(self, ids):\n        return ids  # naïve café, Zürich, Москва, 東京 and 서울\n\n\n"""
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' "
    "+ '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def byte_level(rule: str = "smollm", **changed: Any) -> dict[str, Any]:
    tokens, merges = train(PARABLE, 150)
    settings = {
        "model": "gpt2", "pre": rule, "tokens": SPECIAL + tokens, "merges": merges, "add_bos_token": False,
        "token_type": [3] * len(SPECIAL) + [1] * len(tokens), "bos_token_id": 1, "eos_token_id": 2,
    } | changed  # fmt: skip
    found = {f"tokenizer.ggml.{name}": value for name, value in settings.items() if value is not None}
    return found | {"tokenizer.chat_template": CHATML}


# scores as a trainer gives them: joins in the order in which they were learned, each better than the next
PIECES = [
    "▁t", "he", "▁the", "▁a", "in", "er", "an", "▁an", "and", "▁and", "ing", "▁s", "aa", "aaaa", "▁▁", "▁▁▁▁",
    "▁caf", "fé", "東京", "the", "ther", "▁th",
]  # fmt: skip
LETTERS = list("abcdefghijklmnopqrstuvwxyz▁.,'é東京f\n")


def sentencepiece_tokens() -> tuple[list[str], list[float], list[int]]:
    letters = list(dict.fromkeys(LETTERS))
    parts = [piece[:at] for piece in PIECES for at in range(2, len(piece))]  # so that every piece can be reached
    learned = list(dict.fromkeys(PIECES + parts))
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)] + learned + letters
    scores = [0.0] * 259 + [-float(i) for i in range(len(learned) + len(letters))]
    return tokens, scores, [2, 3, 3] + [6] * 256 + [1] * (len(learned) + len(letters))


def sentencepiece_settings(**changed: Any) -> dict[str, Any]:
    tokens, scores, kinds = sentencepiece_tokens()
    settings = {
        "model": "llama", "tokens": tokens, "scores": scores, "token_type": kinds, "bos_token_id": 1,
        "eos_token_id": 2, "unknown_token_id": 0,
    } | changed  # fmt: skip
    return {f"tokenizer.ggml.{name}": value for name, value in settings.items() if value is not None}
