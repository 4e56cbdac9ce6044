"""A tokenizer from a Hugging Face folder: ``tokenizer.json``, and what stands in the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.extras import need
from kvlab.io.json_fields import read_object
from kvlab.io.pretokenize import byte_unspeller
from kvlab.io.sentencepiece import sentencepiece_bytes
from kvlab.io.tokenizer_parts import Parts, stops
from kvlab.io.vocabulary import Vocabulary


def parts_from_folder(folder: Path) -> Parts:
    """Build the parts from a folder.

    Raises
    ------
    FileNotFoundError
        There is no ``tokenizer.json``.
    ValueError
        A file is no JSON, or the tokenizers library does not take ``tokenizer.json``.
    UnsupportedModelError
        A tokenizer that spells its tokens neither as bytes nor as SentencePiece does.
    """
    tokenizers = need("tokenizers", "A tokenizer")
    described = read_object(folder / "tokenizer.json")
    try:
        backend = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # the library raises plain Exception
        raise ValueError(f"{folder / 'tokenizer.json'} is not a tokenizer that can be read: {error}.") from None
    backend.encode_special_tokens = True  # its name misleads: spellings of special tokens in text stay text
    backend.no_truncation()
    vocabulary = _vocabulary(backend, described)
    beside = _Beside(folder, backend)
    prefix, suffix = _surroundings(backend)
    bos_ids, eos_ids = beside.ids("bos_token"), beside.ids("eos_token")
    return Parts(
        backend=backend,
        vocabulary=vocabulary,
        bos_id=bos_ids[0] if bos_ids else None,
        eos_id=eos_ids[0] if eos_ids else None,
        stop_ids=stops(vocabulary, eos_ids),
        prefix=prefix,
        suffix=suffix,
        chat_template=beside.chat_template(),
    )


def _vocabulary(backend: Any, described: Mapping[str, Any]) -> Vocabulary:
    """Every token's bytes; ids that no token has stand for nothing."""
    steps = _decoder_steps(described.get("decoder"))
    unspell = _unspeller({step.get("type") for step in steps})
    ids = backend.get_vocab(with_added_tokens=True)
    added = backend.get_added_tokens_decoder()
    pieces = [b""] * (max(ids.values(), default=-1) + 1)
    for token, token_id in ids.items():
        pieces[token_id] = token.encode() if token_id in added else unspell(token)
    special = frozenset(token_id for token_id, token in added.items() if token.special)
    return Vocabulary(pieces, special, drops_first_space=any(_drops_space(step) for step in steps))


def _decoder_steps(decoder: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    if decoder is None:
        return []
    return list(decoder["decoders"]) if decoder.get("type") == "Sequence" else [decoder]


def _unspeller(kinds: set[Any]) -> Callable[[str], bytes]:
    if "ByteLevel" in kinds:
        return byte_unspeller()
    if kinds & {"ByteFallback", "Metaspace"}:
        return sentencepiece_bytes
    raise UnsupportedModelError(
        f"tokenizer.json decodes by {', '.join(sorted(map(str, kinds))) or 'no decoder'}; byte-level and SentencePiece "
        "tokenizers (ByteLevel, ByteFallback, Metaspace) are supported. Load the model with tokenizer=False."
    )


def _drops_space(step: Mapping[str, Any]) -> bool:
    if step.get("type") == "Metaspace":
        return step.get("prepend_scheme", "always") != "never" and bool(step.get("add_prefix_space", True))
    return step.get("type") == "Strip" and step.get("content") == " " and step.get("start", 0) > 0


def _surroundings(backend: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which tokens the file puts before and after a text, found by encoding one."""
    plain = backend.encode("a", add_special_tokens=False).ids
    whole = backend.encode("a", add_special_tokens=True).ids
    n = len(plain)
    at = next((i for i in range(len(whole) - n + 1) if whole[i : i + n] == plain), 0)
    return tuple(whole[:at]), tuple(whole[at + n :])


class _Beside:
    """The settings in the files beside ``tokenizer.json``, any of which may be absent."""

    def __init__(self, folder: Path, backend: Any) -> None:
        self._folder, self._backend = folder, backend
        names = ("generation_config", "config", "tokenizer_config", "special_tokens_map")
        paths = {name: folder / f"{name}.json" for name in names}
        self._files = {name: read_object(path) if path.exists() else {} for name, path in paths.items()}

    def ids(self, name: str) -> list[int]:
        """The ids of ``"bos_token"`` or ``"eos_token"`` in all files, the tokenizer's own first."""
        found: list[int] = []
        for file in ("tokenizer_config", "special_tokens_map"):
            token = self._files[file].get(name)
            spelled = token.get("content") if isinstance(token, dict) else token
            if isinstance(spelled, str) and (token_id := self._backend.token_to_id(spelled)) is not None:
                found.append(token_id)
        for file in ("generation_config", "config"):
            stated = self._files[file].get(f"{name}_id")
            found += [i for i in (stated if isinstance(stated, list) else [stated]) if isinstance(i, int)]
        return list(dict.fromkeys(found))

    def chat_template(self) -> str | None:
        """The template in its own file, or in ``tokenizer_config.json``, where several may have names."""
        own = self._folder / "chat_template.jinja"
        if own.exists():
            return own.read_text(encoding="utf-8")
        stated = self._files["tokenizer_config"].get("chat_template")
        if isinstance(stated, list):
            stated = {entry.get("name"): entry.get("template") for entry in stated}.get("default")
        return stated if isinstance(stated, str) else None
