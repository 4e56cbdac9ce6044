"""Tokenizers from Hugging Face folders: the same tokens as from GGUF, and the settings in the files beside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers_made import CHATML, SPECIAL, byte_level, sentencepiece_settings

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.tokenizer import Tokenizer

tokenizers = pytest.importorskip("tokenizers")


def smollm_json() -> dict[str, Any]:
    """As SmolLM2's own file has it: digits apart, then GPT-2's rule."""
    made = byte_level()
    tokens, merges = made["tokenizer.ggml.tokens"], made["tokenizer.ggml.merges"]
    backend = tokenizers.Tokenizer(
        tokenizers.models.BPE({t: i for i, t in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges])
    )
    pre = tokenizers.pre_tokenizers
    backend.pre_tokenizer = pre.Sequence([pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)])
    backend.decoder = tokenizers.decoders.ByteLevel()
    backend.add_special_tokens(SPECIAL)
    found: dict[str, Any] = json.loads(backend.to_str())
    return found


def write(folder: Path, tokenizer: dict[str, Any], **beside: Any) -> Path:
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    for name, content in beside.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokenizer, Tokenizer]:
    folder = write(tmp_path_factory.mktemp("tokenizer"), smollm_json())
    return Tokenizer.from_folder(folder), Tokenizer.from_gguf(byte_level())


@settings(max_examples=200, deadline=None)
@given(
    text=st.lists(st.one_of(st.text(max_size=10), st.sampled_from([*SPECIAL, "123", " \n"])), max_size=5).map("".join)
)
def test_the_same_as_from_gguf(pair: tuple[Tokenizer, Tokenizer], text: str) -> None:
    folder, gguf = pair
    for parse_special in (False, True):
        ids = folder.encode(text, parse_special=parse_special)
        assert ids == gguf.encode(text, parse_special=parse_special)
        assert folder.decode(ids) == gguf.decode(ids) == text
    assert folder.special_ids == gguf.special_ids == {0, 1, 2}


def test_a_vocabulary_of_sentencepiece(tmp_path: Path) -> None:
    from kvlab.io.sentencepiece import sentencepiece_backend

    made = sentencepiece_settings()
    tokens, kinds = made["tokenizer.ggml.tokens"], made["tokenizer.ggml.token_type"]
    scores = dict(zip(tokens, made["tokenizer.ggml.scores"], strict=True))
    mergeable = {token: scores[token] for token, kind in zip(tokens, kinds, strict=True) if kind == 1}
    backend = sentencepiece_backend(tokens, mergeable, prefix=True, unknown_id=0)
    step = tokenizers.decoders
    backend.decoder = step.Sequence([step.Replace("▁", " "), step.ByteFallback(), step.Fuse(), step.Strip(" ", 1, 0)])
    backend.add_special_tokens(["<s>", "</s>"])
    surround = tokenizers.processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    backend.post_processor = surround
    folder = Tokenizer.from_folder(write(tmp_path, json.loads(backend.to_str())))
    gguf = Tokenizer.from_gguf(made)
    for text in ("the other and", "", " x", "é 🙂\n", "a<s>b"):
        plain = gguf.encode(text, add_special_tokens=False)
        assert folder.encode(text, add_special_tokens=False) == plain
        assert folder.encode(text) == [1, *plain, 2]
        assert folder.decode(plain) == text
        assert "".join(folder.decode_stream(plain)) == (" " + text if text else "")


@pytest.mark.parametrize(
    ("beside", "bos", "eos", "stops"),
    [
        ({}, None, None, {0, 2}),
        ({"tokenizer_config": {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}}, 1, 2, {0, 2}),
        ({"tokenizer_config": {"eos_token": {"content": "<|im_end|>", "lstrip": False}}}, None, 2, {0, 2}),
        ({"tokenizer_config": {"bos_token": None, "eos_token": "<|unheard-of|>"}}, None, None, {0, 2}),
        ({"special_tokens_map": {"eos_token": "<|im_end|>"}}, None, 2, {0, 2}),
        ({"generation_config": {"eos_token_id": [2, 5], "bos_token_id": 1}}, 1, 2, {0, 2, 5}),
        ({"config": {"eos_token_id": 7}}, None, 7, {0, 2, 7}),
        ({"config": {"eos_token_id": 7}, "tokenizer_config": {"eos_token": "<|im_end|>"}}, None, 2, {0, 2, 7}),
    ],
)
def test_special_ids_in_the_files_beside(
    tmp_path: Path, beside: dict[str, Any], bos: int | None, eos: int | None, stops: set[int]
) -> None:
    tokenizer = Tokenizer.from_folder(write(tmp_path, smollm_json(), **beside))
    assert (tokenizer.bos_id, tokenizer.eos_id, tokenizer.stop_ids) == (bos, eos, stops)


@pytest.mark.parametrize("stated", ["in the config", "by name", "in its own file"])
def test_chat_templates(tmp_path: Path, stated: str) -> None:
    named = [{"name": "tool_use", "template": "wrong"}, {"name": "default", "template": CHATML}]
    template: Any = {"in the config": CHATML, "by name": named, "in its own file": "wrong"}[stated]
    folder = write(tmp_path, smollm_json(), tokenizer_config={"chat_template": template})
    if stated == "in its own file":
        (folder / "chat_template.jinja").write_text(CHATML)
    messages = [{"role": "user", "content": "Hi"}]
    expected = Tokenizer.from_gguf(byte_level()).encode_chat(messages)
    assert Tokenizer.from_folder(folder).encode_chat(messages) == expected


def test_added_tokens_beyond_the_vocabulary(tmp_path: Path) -> None:
    described = smollm_json()
    described["added_tokens"] += [
        {"id": 400, "content": "<think>", "special": False, "single_word": False, "lstrip": False, "rstrip": False,
         "normalized": False},
    ]  # fmt: skip
    tokenizer = Tokenizer.from_folder(write(tmp_path, described))
    ids = tokenizer.encode("a<think>b")
    assert tokenizer.decode(ids) == "a<think>b"
    assert max(ids) == tokenizer.vocab_size - 1


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no tokenizer\.json"):
        Tokenizer.from_folder(tmp_path)
    word_piece = {"type": "WordPiece", "prefix": "##", "cleanup": True}
    with pytest.raises(UnsupportedModelError, match=r"tokenizer\.json decodes by WordPiece; byte-level"):
        Tokenizer.from_folder(write(tmp_path, smollm_json() | {"decoder": word_piece}))
    with pytest.raises(UnsupportedModelError, match="decodes by no decoder"):
        Tokenizer.from_folder(write(tmp_path, smollm_json() | {"decoder": None}))
    with pytest.raises(ValueError, match="is not a tokenizer that can be read"):
        Tokenizer.from_folder(write(tmp_path, {"model": 7}))
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(ValueError, match="is not valid JSON"):
        Tokenizer.from_folder(tmp_path)
