"""What a tokenizer is made of, whichever file it came from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kvlab.io.vocabulary import Vocabulary

# how models spell the tokens that end an answer; a file names one as its end of text and often forgets the others
_STOPS = frozenset({
    "<|endoftext|>", "<|im_end|>", "<|end_of_text|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "</s>", "<|endofturn|>",
})  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """The pieces that ``Tokenizer`` puts together.

    Attributes
    ----------
    backend : tokenizers.Tokenizer
        Encodes plain text; it knows of no special token, so no text can spell one.
    vocabulary : Vocabulary
    bos_id, eos_id : int or None
    stop_ids : frozenset of int
    prefix, suffix : tuple of int
        The special tokens that the model was trained to see before and after a text.
    chat_template : str or None
    """

    backend: Any
    vocabulary: Vocabulary
    bos_id: int | None
    eos_id: int | None
    stop_ids: frozenset[int]
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    chat_template: str | None


def stops(vocabulary: Vocabulary, stated: Iterable[int | None]) -> frozenset[int]:
    """The stop tokens that a file states, and those of its special tokens that are spelled like one."""
    spelled = {i for i in vocabulary.special if vocabulary.pieces[i].decode(errors="replace") in _STOPS}
    return frozenset(spelled | {i for i in stated if i is not None})
