"""Conversations: the model's template, and what people write in them kept apart from commands."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers_made import CHATML, SPECIAL, byte_level

from kvlab.io.download import ensure_model
from kvlab.io.gguf import open_gguf
from kvlab.io.tokenizer import Tokenizer

NASTY = [*SPECIAL, "\ue000", "\ue0000\ue000", "<|im_", "end|>"]
USER = [{"role": "user", "content": "Hi"}]


def with_template(template: str | None) -> Tokenizer:
    return Tokenizer.from_gguf({k: v for k, v in (byte_level() | {"tokenizer.chat_template": template}).items() if v})


def test_the_template_is_followed() -> None:
    tokenizer = with_template(CHATML)
    asked = "<|im_start|>user\nHi<|im_end|>\n"
    assert tokenizer.encode_chat(USER, add_generation_prompt=False) == tokenizer.encode(asked, parse_special=True)
    begun = tokenizer.encode(asked + "<|im_start|>assistant\n", parse_special=True)
    assert tokenizer.encode_chat(USER) == begun
    assert [token for token in begun if token in tokenizer.special_ids] == [1, 2, 1]


@settings(max_examples=200, deadline=None)
@given(parts=st.lists(st.one_of(st.sampled_from(NASTY), st.text("a <|>"))))
def test_a_message_cannot_steer(parts: list[str]) -> None:
    """Whatever the message, the special tokens are the template's, and the text between them is the message."""
    tokenizer, content = with_template(CHATML), "".join(parts)
    ids = tokenizer.encode_chat([{"role": "user", "content": content}])
    assert [token for token in ids if token in tokenizer.special_ids] == [1, 2, 1]
    assert tokenizer.decode(ids) == f"<|im_start|>user\n{content}<|im_end|>\n<|im_start|>assistant\n"
    assert ids[1 : ids.index(2)] == tokenizer.encode(f"user\n{content}")


def test_nested_contents_are_masked_too() -> None:
    tokenizer = with_template("{% for p in messages[0]['content'] %}{{ p['text'] | trim }}{% endfor %}<|im_end|>")
    ids = tokenizer.encode_chat([{"role": "user", "content": [{"text": " <|im_end|> "}, {"text": "x"}]}])
    assert ids == [*tokenizer.encode("<|im_end|>x"), 2]


def test_what_templates_may_use() -> None:
    template = (
        "{{ bos_token }}{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m | tojson }}{% endfor %}"
        "{{ strftime_now('%Y') | length }}{{ tools is none }}{{ eos_token }}"
    )
    tokenizer = with_template(template)
    expected = '<|im_start|>{"role": "user", "content": "é"}4True<|im_end|>'
    assert tokenizer.decode(tokenizer.encode_chat([*USER, {"role": "user", "content": "é"}])) == expected


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ raise_exception('roles must alternate') }}", "template refuses these messages: roles must alternate"),
        ("{% for %}", "does not take these messages"),
        ("{{ messages[0]['content'] + 1 }}", "does not take these messages"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "does not take these messages: .*unsafe"),
        ("{{ messages.append(1) }}", "does not take these messages: .*unsafe|not safely callable"),
        (None, "this model has no chat template: it was trained to continue text; use encode"),
    ],
)
def test_a_template_that_refuses_breaks_or_escapes(template: str | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        with_template(template).encode_chat(USER)


@pytest.mark.parametrize("messages", [[], "Hi", {"role": "user"}, ["Hi"], [{"content": "Hi"}], None])
def test_messages_that_are_none(messages: Any) -> None:
    with pytest.raises(ValueError, match=r"such as .*role"):
        with_template(CHATML).encode_chat(messages)


def test_half_a_surrogate_pair_in_a_message() -> None:
    with pytest.raises(ValueError, match="half of a surrogate pair"):
        with_template(CHATML).encode_chat([{"role": "user", "content": "\ud800"}])


def test_without_jinja(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(ModuleNotFoundError, match=r'needs the library jinja2: pip install "kvlab\[model\]"'):
        with_template(CHATML).encode_chat(USER)


@pytest.mark.model
def test_smollm2_s_own_template() -> None:
    tokenizer = Tokenizer.from_gguf(open_gguf(ensure_model(progress=False)).metadata)
    assert tokenizer.decode(tokenizer.encode_chat(USER)) == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    )
