"""SentencePiece's byte-pair encoding (Llama 2, Mistral 7B) for the tokenizers library.

Its files hold no merges, only tokens with scores: of all neighbours whose join is a token, the one with the best
score is joined first. Written out as merges, that is every way to split a token into two tokens, best score first.
Spaces are spelled "▁", and a character that is no token falls back to its bytes, ``<0xE2>`` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from kvlab.io.extras import need

_SPACE = "▁"
_BYTE = re.compile("<0x([0-9A-F]{2})>")


def sentencepiece_bytes(token: str) -> bytes:
    """The bytes that a SentencePiece token stands for: ``"▁Paris"`` is ``b" Paris"``, ``"<0x0A>"`` a newline."""
    if match := _BYTE.fullmatch(token):
        return bytes([int(match[1], 16)])
    return token.replace(_SPACE, " ").encode()


def merges_from_scores(scores: Mapping[str, float]) -> list[tuple[str, str]]:
    """Every split of every token into two tokens, best token first; equal scores keep the tokens' order."""
    best_first = sorted((token for token in scores if len(token) > 1), key=lambda token: -scores[token])
    return [
        (token[:at], token[at:])
        for token in best_first
        for at in range(1, len(token))
        if token[:at] in scores and token[at:] in scores
    ]


def sentencepiece_backend(tokens: list[str], scores: Mapping[str, float], prefix: bool, unknown_id: int) -> Any:
    """A tokenizers backend for tokens with scores.

    Parameters
    ----------
    tokens : list of str
        All tokens by id.
    scores : mapping
        The tokens that may come of joining, with their scores.
    prefix : bool
        Put a space before every text.
    unknown_id : int
        What a character becomes for which there are no bytes either.
    """
    tokenizers = need("tokenizers", "A tokenizer")
    model = tokenizers.models.BPE(
        vocab={token: i for i, token in enumerate(tokens)},
        merges=merges_from_scores(scores),
        byte_fallback=True,
        fuse_unk=True,
        unk_token=tokens[unknown_id],
    )
    backend = tokenizers.Tokenizer(model)
    spaces = [tokenizers.normalizers.Replace(" ", _SPACE)]
    first = [tokenizers.normalizers.Prepend(_SPACE)] if prefix else []
    backend.normalizer = tokenizers.normalizers.Sequence(first + spaces)
    return backend
