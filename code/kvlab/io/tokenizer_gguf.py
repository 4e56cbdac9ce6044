"""A tokenizer from a GGUF file's settings: byte-level BPE ("gpt2") or SentencePiece BPE ("llama")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.extras import need
from kvlab.io.gguf_bytes import GgufError
from kvlab.io.pretokenize import byte_unspeller, pre_tokenizer, word_rule
from kvlab.io.sentencepiece import sentencepiece_backend, sentencepiece_bytes
from kvlab.io.tokenizer_parts import Parts, stops
from kvlab.io.vocabulary import Vocabulary

# GGUF's kinds of token
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6


def parts_from_gguf(metadata: Mapping[str, Any]) -> Parts:
    """Build the parts from ``tokenizer.ggml.*``.

    Raises
    ------
    UnsupportedModelError
        A kind of tokenizer or a word rule that is not supported, by name.
    GgufError
        The file has no tokenizer, or one that contradicts itself.
    """
    settings = {name.removeprefix("tokenizer.ggml."): value for name, value in metadata.items()}
    model = settings.get("model")
    if model is None or "tokens" not in settings:
        raise GgufError("the file has no tokenizer: its settings tokenizer.ggml.model and .tokens are missing.")
    if model not in ("gpt2", "llama"):
        raise UnsupportedModelError(
            f"tokenizer {model!r} is not supported; 'gpt2' (byte-level BPE) and 'llama' (SentencePiece BPE) are. "
            "Load the model without its tokenizer (tokenizer=False)."
        )
    tokens: list[str] = settings["tokens"]
    kinds: list[int] = settings.get("token_type") or [NORMAL] * len(tokens)
    if len(kinds) != len(tokens) or len(set(tokens)) != len(tokens):
        raise GgufError(f"the tokenizer has {len(tokens)} tokens, {len(set(tokens))} different, {len(kinds)} kinds.")
    return _byte_level(settings, tokens, kinds) if model == "gpt2" else _sentencepiece(settings, tokens, kinds)


def _byte_level(settings: Mapping[str, Any], tokens: list[str], kinds: list[int]) -> Parts:
    tokenizers = need("tokenizers", "A tokenizer")
    rule = word_rule(settings.get("pre"))
    merges = [tuple(merge.split(" ", 1)) for merge in settings.get("merges", [])]
    try:
        model = tokenizers.models.BPE(
            vocab={token: i for i, token in enumerate(tokens)}, merges=merges, ignore_merges=rule.whole_words
        )
    except Exception as error:  # the library raises plain Exception
        raise GgufError(f"the tokenizer's merges contradict its tokens: {error}.") from None
    backend = tokenizers.Tokenizer(model)
    backend.pre_tokenizer = pre_tokenizer(rule, tokenizers)
    if rule.composed:
        backend.normalizer = tokenizers.normalizers.NFC()
    _add_user_defined(backend, tokens, kinds)
    unspell = byte_unspeller()
    plain = (CONTROL, USER_DEFINED)
    pieces = [t.encode() if kind in plain else unspell(t) for t, kind in zip(tokens, kinds, strict=True)]
    return _parts(settings, backend, Vocabulary(pieces, _special(kinds)), begins=rule.begins)


def _sentencepiece(settings: Mapping[str, Any], tokens: list[str], kinds: list[int]) -> Parts:
    scores: list[float] = settings.get("scores", [])
    if len(scores) != len(tokens):
        raise GgufError(f"the tokenizer has {len(tokens)} tokens but {len(scores)} scores.")
    mergeable = {
        t: s for t, s, kind in zip(tokens, scores, kinds, strict=True) if kind in (NORMAL, USER_DEFINED, UNUSED)
    }
    prefix = bool(settings.get("add_space_prefix", True))
    backend = sentencepiece_backend(tokens, mergeable, prefix, settings.get("unknown_token_id", 0))
    _add_user_defined(backend, tokens, kinds)
    pieces = [t.encode() if kind == CONTROL else sentencepiece_bytes(t) for t, kind in zip(tokens, kinds, strict=True)]
    return _parts(settings, backend, Vocabulary(pieces, _special(kinds), drops_first_space=prefix), begins=True)


def _special(kinds: list[int]) -> frozenset[int]:
    return frozenset(i for i, kind in enumerate(kinds) if kind == CONTROL)


def _add_user_defined(backend: Any, tokens: list[str], kinds: list[int]) -> None:
    """Tokens that are found in any text before it is cut, but steer nothing: runs of spaces, ``<think>``."""
    added = need("tokenizers", "A tokenizer").AddedToken
    found = [token for token, kind in zip(tokens, kinds, strict=True) if kind == USER_DEFINED]
    backend.add_tokens([added(token, normalized=False) for token in found])


def _parts(settings: Mapping[str, Any], backend: Any, vocabulary: Vocabulary, *, begins: bool) -> Parts:
    bos_id, eos_id = settings.get("bos_token_id"), settings.get("eos_token_id")
    stated = [eos_id, settings.get("eot_token_id"), settings.get("eom_token_id")]
    for token_id in (*stated, bos_id):
        if token_id is not None and not 0 <= token_id < len(vocabulary.pieces):
            raise GgufError(f"the tokenizer names token {token_id}; it has only {len(vocabulary.pieces)}.")
    return Parts(
        backend=backend,
        vocabulary=vocabulary,
        bos_id=bos_id,
        eos_id=eos_id,
        stop_ids=stops(vocabulary, stated),
        prefix=(bos_id,) if settings.get("add_bos_token", begins) and bos_id is not None else (),
        suffix=(eos_id,) if settings.get("add_eos_token", False) and eos_id is not None else (),
        chat_template=settings.get("tokenizer.chat_template"),
    )
