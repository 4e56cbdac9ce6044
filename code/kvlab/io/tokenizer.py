"""Text to token ids and back, as the model's training did it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

from kvlab.io.chat import Mask, Message, check_messages, render_chat
from kvlab.io.tokenizer_parts import Parts
from kvlab.io.vocabulary import Vocabulary


class Tokenizer:
    """A model's tokenizer, from its GGUF file or its Hugging Face folder.

    Made by ``from_gguf`` or ``from_folder``. Splitting and merging are done by the tokenizers library; going
    back to text, special tokens and chats are done here, the same for every file format.

    Attributes
    ----------
    vocab_size : int
        How many tokens there are; ids run from 0 to ``vocab_size - 1``.
    bos_id, eos_id : int or None
        Begin and end of text, where the model has them.
    stop_ids : frozenset of int
        Every token that ends an answer: end of text, end of turn.
    special_ids : frozenset of int
        Every token that steers the model and is no part of any text.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._vocabulary: Vocabulary = parts.vocabulary
        self.vocab_size = len(parts.vocabulary.pieces)
        self.bos_id, self.eos_id, self.stop_ids = parts.bos_id, parts.eos_id, parts.stop_ids
        self.special_ids = parts.vocabulary.special
        self._spellings = {self._vocabulary.bytes_of(i).decode(): i for i in sorted(self.special_ids)}
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._special = re.compile("(" + "|".join(map(re.escape, longest_first)) + ")" if longest_first else "(?!)")

    @classmethod
    def from_gguf(cls, metadata: Mapping[str, Any]) -> Tokenizer:
        """The tokenizer in a GGUF file's settings; UnsupportedModelError names a kind that is not read."""
        from kvlab.io.tokenizer_gguf import parts_from_gguf

        return cls(parts_from_gguf(metadata))

    @classmethod
    def from_folder(cls, folder: str | PathLike[str]) -> Tokenizer:
        """The tokenizer of a Hugging Face folder: ``tokenizer.json`` and the settings beside it."""
        from kvlab.io.tokenizer_folder import parts_from_folder

        return cls(parts_from_folder(Path(folder)))

    def encode(self, text: str, *, add_special_tokens: bool = True, parse_special: bool = False) -> list[int]:
        """Text to token ids.

        Parameters
        ----------
        text : str
        add_special_tokens : bool
            Put the begin-of-text token first where the model was trained so (Llama: yes, SmolLM2: no).
        parse_special : bool
            Read spellings such as ``<|im_end|>`` as the tokens they spell. Off, because text that people or
            documents bring must not be able to end a turn or begin one; then they are ordinary text.

        Returns
        -------
        list of int
            Characters for whose bytes the vocabulary has no token are left out, as other readers of the same
            model do: SmolLM2 lacks six control characters and the (unassigned) planes from U+40000 on.

        Raises
        ------
        ValueError
            The text holds half of a surrogate pair, which is no character and has no UTF-8.
        """
        _check_text(text)
        runs = self._special.split(text) if parse_special else [text]  # text, special, text, special, …, text
        ids = [
            token
            for i, run in enumerate(runs)
            for token in ([self._spellings[run]] if i % 2 else self._encode_plain(run))
        ]
        return [*self._parts.prefix, *ids, *self._parts.suffix] if add_special_tokens else ids

    def _encode_plain(self, text: str) -> list[int]:
        encoded: list[int] = self._parts.backend.encode(text, add_special_tokens=False).ids if text else []
        return encoded

    def decode(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> str:
        """Token ids to text; bytes that are no UTF-8 become U+FFFD. ValueError for an id that there is not."""
        return "".join(self._vocabulary.stream(ids, at_start=True, skip_special=skip_special_tokens))

    def decode_stream(
        self, ids: Iterable[int], *, at_start: bool = False, skip_special_tokens: bool = False
    ) -> Iterator[str]:
        """Text piece by piece while ids arrive, never half a character.

        Parameters
        ----------
        ids : iterable of int
            Read one by one, so it may be a generation in progress.
        at_start : bool
            The ids begin a text, rather than continue one. Only SentencePiece models differ: they put a space
            before every text, which is then taken off.
        skip_special_tokens : bool
            Leave special tokens out.
        """
        return self._vocabulary.stream(ids, at_start=at_start, skip_special=skip_special_tokens)

    def piece(self, token_id: int) -> str:
        r"""What one token stands for; bytes that are no whole character as ``\xf0``."""
        return self._vocabulary.bytes_of(token_id).decode(errors="backslashreplace")

    def encode_chat(self, messages: Sequence[Message], add_generation_prompt: bool = True) -> list[int]:
        """A conversation as token ids, by the model's own chat template.

        Parameters
        ----------
        messages : sequence of mappings
            ``{"role": "user", "content": "…"}`` and so on, oldest first. Special tokens spelled out in them
            are text, not commands.
        add_generation_prompt : bool
            End with the beginning of the model's answer.

        Raises
        ------
        ValueError
            The model has no chat template, or its template does not take these messages.
        """
        if self._parts.chat_template is None:
            raise ValueError("this model has no chat template: it was trained to continue text; use encode.")
        check_messages(messages)
        mask = Mask(list(self._spellings), messages)
        text = render_chat(
            self._parts.chat_template,
            mask.hide(list(messages)),
            add_generation_prompt=add_generation_prompt,
            bos_token=self._spelling(self.bos_id),
            eos_token=self._spelling(self.eos_id),
        )
        _check_text(text)
        runs = self._special.split(text)
        return [
            token
            for i, run in enumerate(runs)
            for token in ([self._spellings[run]] if i % 2 else self._encode_plain(mask.reveal(run)))
        ]

    def _spelling(self, token_id: int | None) -> str:
        return "" if token_id is None else self._vocabulary.bytes_of(token_id).decode()


def _check_text(text: str) -> None:
    if not isinstance(text, str):
        raise TypeError(f"text must be a str, not {type(text).__name__}.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"character {error.start} of the text is {text[error.start]!r}, half of a surrogate pair: no character, "
            "and no UTF-8 can spell it. Decode the text's source with the right encoding, or remove it."
        ) from None
