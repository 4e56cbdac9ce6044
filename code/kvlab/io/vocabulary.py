"""What each token id stands for: bytes. And back from ids to text, whole characters only.

A token is a run of bytes, and a character may be cut between two tokens: "🙂" is four bytes, in one token or in four.
So ids become bytes first, and bytes become text.
"""

from __future__ import annotations

import codecs
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Vocabulary:
    """The bytes of every token.

    Attributes
    ----------
    pieces : sequence of bytes
        By token id.
    special : frozenset of int
        Ids that steer the model (end of text, start of a turn) and are no part of any text.
    drops_first_space : bool
        SentencePiece models put a space before every text; decoding takes it off again.
    """

    pieces: Sequence[bytes]
    special: frozenset[int]
    drops_first_space: bool = False

    def bytes_of(self, token_id: int) -> bytes:
        """The bytes of one token; ValueError for an id that there is not."""
        index = operator.index(token_id)
        if not 0 <= index < len(self.pieces):
            raise ValueError(f"token id {index} does not exist; ids run from 0 to {len(self.pieces) - 1}.")
        return self.pieces[index]

    def stream(self, ids: Iterable[int], *, at_start: bool, skip_special: bool) -> Iterator[str]:
        """Text as soon as its characters are complete; bytes that are no UTF-8 become U+FFFD."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        drop_space = at_start and self.drops_first_space
        for token_id in ids:
            piece = self.bytes_of(token_id)
            if token_id in self.special:
                if skip_special:
                    continue
            elif drop_space and piece:
                piece, drop_space = piece.removeprefix(b" "), False
            if text := decoder.decode(piece):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text
