"""How text is cut into words before byte-pair encoding: a rule each model family trained with.

Merges never cross a cut, so the wrong rule gives other tokens than the model was trained on, and no error. GGUF files
name theirs in ``tokenizer.ggml.pre``; a name that is not known here is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kvlab.io.assemble import UnsupportedModelError

# The rules are data that the models were trained with; source: each model's published tokenizer.json, and for
# "default" llama.cpp, which made it up for files whose rule it did not know.
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2 = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@dataclass(frozen=True)
class WordRule:
    """One family's rule.

    Attributes
    ----------
    cuts : tuple of str
        Regular expressions, applied in turn: what matches and what lies between become pieces.
    whole_words : bool
        A word that is a token by itself is taken whole, whatever the merges would make of it.
    composed : bool
        Text is first brought to Unicode's composed form (NFC), as Qwen's own tokenizer does.
    begins : bool
        Text starts with the begin-of-text token unless the file says otherwise.
    """

    cuts: tuple[str, ...]
    whole_words: bool = False
    composed: bool = False
    begins: bool = False


_LLAMA3_RULE = WordRule((_LLAMA3,), whole_words=True, begins=True)
RULES: dict[str, WordRule] = {
    "default": WordRule((r"[\p{P}\$\+<=>\^~\|]+", _GPT2, r"\p{N}+", r"[0-9][0-9][0-9]")),
    "gpt-2": WordRule((_GPT2,)),
    "smollm": WordRule((r"\p{N}", _GPT2)),
    "llama-bpe": _LLAMA3_RULE,
    "llama3": _LLAMA3_RULE,
    "llama-v3": _LLAMA3_RULE,
    "qwen2": WordRule((_QWEN2,), composed=True),
    "tekken": WordRule((_TEKKEN,), whole_words=True, begins=True),
}


def word_rule(name: str | None) -> WordRule:
    """The rule that a GGUF file names; UnsupportedModelError where it names an unknown one, or none."""
    if name is None:
        raise UnsupportedModelError(
            "the file does not say how text is cut into words (tokenizer.ggml.pre): it was made by an old converter. "
            "Convert the model anew, or load it without its tokenizer (tokenizer=False)."
        )
    if name not in RULES:
        raise UnsupportedModelError(
            f"the word rule {name!r} (tokenizer.ggml.pre) is not supported; {', '.join(RULES)} are. "
            "Load the model without its tokenizer (tokenizer=False), or from its Hugging Face folder."
        )
    return RULES[name]


def pre_tokenizer(rule: WordRule, tokenizers: Any) -> Any:
    """The rule as a pre-tokenizer of the tokenizers library, bytes spelled as visible characters at its end."""
    steps = [
        tokenizers.pre_tokenizers.Split(tokenizers.Regex(cut), behavior="isolated", invert=False) for cut in rule.cuts
    ]
    byte_level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return tokenizers.pre_tokenizers.Sequence([*steps, byte_level])


def _spell_bytes() -> dict[int, str]:
    """GPT-2's spelling of bytes: printable ones as themselves, the others as the characters from U+0100 on."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (byte for byte in range(256) if byte not in printable)
    return {byte: chr(byte) for byte in printable} | {byte: chr(0x100 + i) for i, byte in enumerate(others)}


def byte_unspeller() -> Callable[[str], bytes]:
    """A function from a byte-level token's spelling to the bytes it stands for: ``"ĠParis"`` to ``b" Paris"``.

    Characters outside the spelling (added tokens are kept as plain text) stand for their UTF-8.
    """
    # "surrogateescape" writes U+DC80 .. U+DCFF as the bytes 80 .. FF: one call for a token, of a hundred thousand
    table = {ord(character): byte if byte < 0x80 else 0xDC00 + byte for byte, character in _spell_bytes().items()}
    return lambda spelled: spelled.translate(table).encode(errors="surrogateescape")
