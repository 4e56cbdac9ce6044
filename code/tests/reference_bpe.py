"""Byte-level and SentencePiece BPE written from their definitions: slow, plain, and sharing nothing with kvlab."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import regex

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_UPPER, _LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
PATTERNS = {
    "gpt-2": [GPT2],
    "smollm": [r"\p{N}", GPT2],
    "default": [r"[\p{P}$+<=>^~|]+", GPT2, r"\p{N}+", r"[0-9]{3}"],
    "llama-bpe": [_CONTRACTIONS + r"|\p{N}{1,3}" + _TAIL],
    "qwen2": [_CONTRACTIONS + r"|\p{N}" + _TAIL],
    "tekken": [
        rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*"
        r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    ],
}
WHOLE_WORDS = {"llama-bpe", "tekken"}


def spell(raw: bytes) -> str:
    """GPT-2's spelling: bytes that print as Latin-1 stand for themselves, the rest follow from U+0100 on."""
    hidden = [b for b in range(256) if not (33 <= b <= 126 or 161 <= b <= 172 or b >= 174)]
    return "".join(chr(256 + hidden.index(b)) if b in hidden else chr(b) for b in raw)


def cut(text: str, patterns: list[str]) -> list[str]:
    """Apply the expressions in turn; matches and what lies between them are the pieces."""
    pieces = [text]
    for pattern in patterns:
        finer = []
        for piece in pieces:
            at = 0
            for match in regex.finditer(pattern, piece):
                finer += [piece[at : match.start()], match[0]]
                at = match.end()
            finer.append(piece[at:])
        pieces = [piece for piece in finer if piece]
    return pieces


def merge_word(symbols: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """Join the neighbours of the lowest rank, everywhere from the left, until no neighbours can be joined."""
    while len(symbols) > 1:
        best = min(pairwise(symbols), key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        joined, i = [], 0
        while i < len(symbols):
            if tuple(symbols[i : i + 2]) == best:
                joined.append(symbols[i] + symbols[i + 1])
                i += 2
            else:
                joined.append(symbols[i])
                i += 1
        symbols = joined
    return symbols


class ByteLevel:
    def __init__(self, tokens: list[str], merges: list[str], rule: str) -> None:
        self._ids = {token: i for i, token in enumerate(tokens)}
        self._ranks = {tuple(merge.split(" ")): i for i, merge in enumerate(merges)}
        self._rule = rule

    def encode(self, text: str) -> list[int]:
        ids = []
        for piece in cut(text, PATTERNS[self._rule]):
            word = spell(piece.encode())
            whole = self._rule in WHOLE_WORDS and word in self._ids
            symbols = [word] if whole else merge_word([c for c in word if c in self._ids], self._ranks)
            ids += [self._ids[symbol] for symbol in symbols]
        return ids


def train(text: str, n_merges: int) -> tuple[list[str], list[str]]:
    """A small byte-level vocabulary: 256 bytes and the most frequent joins of a text."""
    tokens, merges = [spell(bytes([b])) for b in range(256)], []
    words = [list(spell(piece.encode())) for piece in cut(text, [GPT2])]
    for _ in range(n_merges):
        counts = Counter(pair for word in words for pair in pairwise(word))
        if not counts:
            break
        pair = min(counts, key=lambda pair: (-counts[pair], pair))
        words = [merge_word(word, {pair: 0}) for word in words]
        merges.append(" ".join(pair))
        tokens.append("".join(pair))
    return tokens, merges


def sentencepiece(text: str, scores: dict[str, float]) -> list[str]:
    """Of all neighbours whose join is a token, join the best-scored, leftmost first; then fall back to bytes."""
    symbols = list("▁" + text.replace(" ", "▁")) if text else []
    while True:
        joins = [(-scores[a + b], i) for i, (a, b) in enumerate(pairwise(symbols)) if a + b in scores]
        if not joins:
            break
        _, i = min(joins)
        symbols[i : i + 2] = [symbols[i] + symbols[i + 1]]
    return [
        piece
        for symbol in symbols
        for piece in ([symbol] if symbol in scores else [f"<0x{b:02X}>" for b in symbol.encode()])
    ]
