"""Text to tokens and back, against a second implementation and on the hardest text there is."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reference_bpe import PATTERNS, WHOLE_WORDS, ByteLevel, sentencepiece
from tokenizers_made import SPECIAL, byte_level, sentencepiece_settings, sentencepiece_tokens

from kvlab.io.assemble import UnsupportedModelError
from kvlab.io.download import ensure_model
from kvlab.io.gguf import open_gguf
from kvlab.io.gguf_bytes import GgufError
from kvlab.io.tokenizer import Tokenizer

HARD = [
    "", " ", "\0", "a\0b", "\n\n\n", " " * 300, "\t \n \t\n  x", "a" * 1000, "  leading and trailing  ",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🙂", "é e\u0301 ẛ̣ o\u0302\u0323",
    "Z\u0351\u036b\u0343\u036a a\u0300\u0301\u0302",
    "汉字漢字かなカナ한국어",
    "العربية مُشَكَّلَة", "हिन्दी क्षत्रिय", "ไทยไม่มีช่องว่าง", "עִבְרִית", "ᚠᛇᚻ 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𒀀",
    "½ ² Ⅷ ① ४५६ 1234567 0x1F 3.14e-10 1,000",
    "\u200b\u200e\u202e\ufeff\u00ad\u2060", "\u0085\u2028\u2029\u00a0\u3000 \x1c\x1f\x7f", "don't WE'LL I'M ’twas 'S",
    "<|im_end|><|im_start|>system", "</s><s>[INST]", "Ġ Ċ ▁ <0x0A> ĠĠ", "\r\n\r\n \r x",
    "C:\\path\\file.txt",
    "ﬁ ﷽ ǅ İı ẞß",
    "\U0010ffff \ue000 \ufffd", "日本語English混在123テスト",
    "-----=====_____*****",
    "if(x){\n\treturn y;\n}\n\n\n    ",
]  # fmt: skip
# characters that every library's Unicode tables know
KNOWN = st.characters(exclude_categories=["Cs", "Cn", "Co"])
TEXT = st.lists(
    st.one_of(st.text(KNOWN, max_size=8), st.text(" \n\t'a1é", max_size=6), st.sampled_from(HARD)), max_size=6
).map("".join)

SMALL = {rule: Tokenizer.from_gguf(byte_level(rule)) for rule in PATTERNS}
TOKENS, MERGES = byte_level()["tokenizer.ggml.tokens"], byte_level()["tokenizer.ggml.merges"]
REFERENCE = {rule: ByteLevel(TOKENS, MERGES, rule) for rule in PATTERNS}


def expected_of(rule: str, text: str) -> str:
    """What decoding gives back: the text itself, in Unicode's composed form where the model asks for it."""
    return unicodedata.normalize("NFC", text) if rule == "qwen2" else text


@pytest.mark.parametrize("rule", PATTERNS)
@pytest.mark.parametrize("text", HARD)
def test_hard_text_against_the_second_implementation(rule: str, text: str) -> None:
    ids = SMALL[rule].encode(text)
    assert ids == REFERENCE[rule].encode(expected_of(rule, text))
    assert SMALL[rule].decode(ids) == expected_of(rule, text)


@pytest.mark.parametrize("rule", PATTERNS)
@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_any_text_against_the_second_implementation(rule: str, text: str) -> None:
    ids = SMALL[rule].encode(text)
    assert ids == REFERENCE[rule].encode(expected_of(rule, text))
    assert SMALL[rule].decode(ids) == expected_of(rule, text)
    assert "".join(SMALL[rule].decode_stream(ids)) == expected_of(rule, text)


SPM = Tokenizer.from_gguf(sentencepiece_settings())
SPM_TOKENS, SPM_SCORES, SPM_KINDS = sentencepiece_tokens()
MERGEABLE = {t: s for t, s, kind in zip(SPM_TOKENS, SPM_SCORES, SPM_KINDS, strict=True) if kind == 1}


@settings(max_examples=300, deadline=None)
@given(text=st.one_of(TEXT, st.text("ather nding s", max_size=40), st.text("a ", max_size=40)))
@example("the other aaaaaaa and\n  café 東京 ▁ 🙂")
def test_sentencepiece_against_the_second_implementation(text: str) -> None:
    ids = SPM.encode(text, add_special_tokens=False)
    assert [SPM_TOKENS[i] for i in ids] == sentencepiece(text, MERGEABLE)
    visible = text.replace("▁", " ")  # SentencePiece spells spaces so, and cannot tell the two apart
    assert SPM.decode(ids) == visible
    assert "".join(SPM.decode_stream(ids, at_start=True)) == visible
    assert "".join(SPM.decode_stream(ids)) == (" " + visible if text else "")


@pytest.mark.parametrize("kind", ["byte-level", "sentencepiece"])
def test_every_single_byte_through_decode(kind: str) -> None:
    if kind == "byte-level":
        tokenizer, id_of = SMALL["smollm"], {b: len(SPECIAL) + b for b in range(256)}
    else:
        tokenizer, id_of = SPM, {b: 3 + b for b in range(256)}
    for b in range(256):
        raw = bytes([b])
        assert "".join(tokenizer.decode_stream([id_of[b]])) == raw.decode(errors="replace")
        assert tokenizer.piece(id_of[b]) == (chr(b) if b < 128 else f"\\x{b:02x}")
    text = "é東🙂\ud7ff\U0010ffff"
    assert tokenizer.decode(id_of[b] for b in text.encode()) == text


def test_a_stream_never_yields_half_a_character() -> None:
    tokenizer, first = SMALL["smollm"], len(SPECIAL)
    arrived = []

    def ids() -> Iterator[int]:
        for byte in "a🙂é".encode():
            arrived.append(byte)
            yield first + byte

    stream = tokenizer.decode_stream(ids())
    assert next(stream) == "a"
    assert len(arrived) == 1  # read one by one
    assert next(stream) == "🙂"
    assert len(arrived) == 5
    assert list(stream) == ["é"]


def test_a_stream_that_ends_inside_a_character_says_so() -> None:
    first = len(SPECIAL)
    assert list(SMALL["smollm"].decode_stream(first + b for b in "🙂".encode()[:3])) == ["\ufffd"]
    assert list(SMALL["smollm"].decode_stream(first + b for b in b"\xf0a")) == ["\ufffda"]


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        SMALL["smollm"].encode(text)


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(TypeError, match="text must be a str, not bytes"):
        SMALL["smollm"].encode(b"raw")  # type: ignore[arg-type]


@pytest.mark.parametrize("token_id", [-1, 393, 2**40])
def test_a_token_id_out_of_range(token_id: int) -> None:
    tokenizer = SMALL["smollm"]
    assert tokenizer.vocab_size == 393
    for call in (lambda: tokenizer.decode([token_id]), lambda: tokenizer.piece(token_id)):
        with pytest.raises(ValueError, match=f"token id {token_id} does not exist; ids run from 0 to 392"):
            call()


def test_special_tokens_in_text_are_text_unless_asked_for() -> None:
    tokenizer, text = SMALL["smollm"], "a<|im_end|>b"
    ids = tokenizer.encode(text)
    assert not tokenizer.special_ids & set(ids)
    assert tokenizer.decode(ids) == text
    parsed = tokenizer.encode(text, parse_special=True)
    assert parsed == [*tokenizer.encode("a"), 2, *tokenizer.encode("b")]
    assert tokenizer.decode(parsed) == text
    assert tokenizer.decode(parsed, skip_special_tokens=True) == "ab"


def test_the_longest_special_token_wins() -> None:
    tokens = ["<a>", "<a><b>", *byte_level()["tokenizer.ggml.tokens"]]
    kinds = [3, 3, *byte_level()["tokenizer.ggml.token_type"]]
    tokenizer = Tokenizer.from_gguf(byte_level(tokens=tokens, token_type=kinds))
    assert tokenizer.encode("<a><b><a>", parse_special=True) == [1, 0]


def test_user_defined_tokens_are_found_in_any_text_and_are_text() -> None:
    tokens, kinds = byte_level()["tokenizer.ggml.tokens"], byte_level()["tokenizer.ggml.token_type"]
    tokenizer = Tokenizer.from_gguf(byte_level(tokens=[*tokens, "<think> é"], token_type=[*kinds, 4]))
    ids = tokenizer.encode("x<think> éy")
    assert ids == [*tokenizer.encode("x"), 393, *tokenizer.encode("y")]
    assert tokenizer.decode(ids, skip_special_tokens=True) == "x<think> éy"


@pytest.mark.parametrize("rule", PATTERNS)
def test_a_word_that_is_a_token_which_no_merge_makes(rule: str) -> None:
    """Llama 3 and Mistral take it whole; GPT-2's kin never find it."""
    kinds = [*byte_level()["tokenizer.ggml.token_type"], 1]
    tokenizer = Tokenizer.from_gguf(byte_level(rule, tokens=[*TOKENS, "zqj"], token_type=kinds))
    whole = tokenizer.encode("zqj") == [393]
    assert whole == (rule in WHOLE_WORDS)
    assert tokenizer.decode(tokenizer.encode("zqj")) == "zqj"


def test_begin_and_end_of_text() -> None:
    plain = SMALL["smollm"].encode("a")
    assert SMALL["llama-bpe"].encode("a") == plain  # these settings say add_bos_token = False
    assert Tokenizer.from_gguf(byte_level("llama-bpe", add_bos_token=None)).encode("a") == [1, *plain]
    both = Tokenizer.from_gguf(byte_level(add_bos_token=True, add_eos_token=True))
    assert both.encode("a") == [1, *plain, 2]
    assert both.encode("a", add_special_tokens=False) == plain
    assert both.encode("") == [1, 2]
    assert SPM.encode("a")[0] == SPM.bos_id == 1
    assert SPM.decode(SPM.encode("the end")) == "<s>the end"


def test_stop_tokens() -> None:
    assert SMALL["smollm"].eos_id == 2
    assert SMALL["smollm"].stop_ids == {0, 2}  # <|endoftext|> by its name
    assert Tokenizer.from_gguf(byte_level(eot_token_id=1)).stop_ids == {0, 1, 2}
    assert SPM.stop_ids == {2}
    assert Tokenizer.from_gguf(byte_level(eos_token_id=None, bos_token_id=None)).bos_id is None


@pytest.mark.parametrize(
    ("changed", "kind", "sentence"),
    [
        ({"model": "bert"}, UnsupportedModelError, "tokenizer 'bert' is not supported; 'gpt2'"),
        ({"pre": "martian"}, UnsupportedModelError, "the word rule 'martian' .* is not supported; default, gpt-2"),
        ({"pre": None}, UnsupportedModelError, "does not say how text is cut"),
        ({"model": None}, GgufError, "the file has no tokenizer"),
        ({"tokens": None}, GgufError, "the file has no tokenizer"),
        ({"token_type": [1]}, GgufError, "393 tokens, 393 different, 1 kinds"),
        ({"tokens": ["a"] * 393}, GgufError, "393 tokens, 1 different, 393 kinds"),
        ({"merges": ["a zzz"]}, GgufError, "merges contradict its tokens"),
        ({"merges": ["abc"]}, GgufError, "merges contradict its tokens"),
        ({"eos_token_id": 393}, GgufError, "names token 393; it has only 393"),
        ({"model": "llama", "scores": [0.5]}, GgufError, "393 tokens but 1 scores"),
    ],
)
def test_what_is_not_supported_or_damaged(changed: dict[str, Any], kind: type[ValueError], sentence: str) -> None:
    with pytest.raises(kind, match=sentence):
        Tokenizer.from_gguf(byte_level(**changed))


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(ModuleNotFoundError, match=r'needs the library tokenizers: pip install "kvlab\[model\]"'):
        Tokenizer.from_gguf(byte_level())


@pytest.fixture(scope="module")
def smollm2() -> tuple[Tokenizer, ByteLevel]:
    metadata = open_gguf(ensure_model(progress=False)).metadata
    tokens, merges = metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.merges"]
    return Tokenizer.from_gguf(metadata), ByteLevel(tokens, merges, "smollm")


# bytes of UTF-8 (the first line) or of nothing (the second) for which SmolLM2 has no token
MISSING = {*b"\x04\x06\x13\x14\x16\x1d\xf1\xf2", *b"\xc0\xc1", *range(0xF5, 0x100)}


@pytest.mark.model
@settings(max_examples=400, deadline=None)
@given(text=TEXT)
@example("".join(HARD))
def test_smollm2_against_the_second_implementation(smollm2: tuple[Tokenizer, ByteLevel], text: str) -> None:
    tokenizer, reference = smollm2
    ids = tokenizer.encode(text)
    assert ids == reference.encode(text)
    if not set(text.encode()) & MISSING:
        assert tokenizer.decode(ids) == text


@pytest.mark.model
def test_the_bytes_that_smollm2_lacks(smollm2: tuple[Tokenizer, ByteLevel]) -> None:
    """As encode's documentation says: they are left out, and everything else in UTF-8 has a token."""
    tokenizer, _ = smollm2
    pieces = {tokenizer.piece(i) for i in range(tokenizer.vocab_size)}
    spelled = {b: bytes([b]).decode(errors="backslashreplace") for b in range(256)}
    assert {b for b in range(256) if spelled[b] not in pieces} == MISSING
    assert tokenizer.encode("a\x04b") == [*tokenizer.encode("a"), *tokenizer.encode("b")]


@pytest.mark.model
def test_smollm2_facts(smollm2: tuple[Tokenizer, ByteLevel]) -> None:
    tokenizer, _ = smollm2
    assert tokenizer.vocab_size == 49152
    assert (tokenizer.bos_id, tokenizer.eos_id, tokenizer.stop_ids) == (1, 2, {0, 2})
    assert [tokenizer.piece(i) for i in tokenizer.encode("The KV cache is")] == ["The", " K", "V", " cache", " is"]
