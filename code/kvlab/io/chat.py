"""A conversation as the one text that a chat model was trained to read, by the model's own template.

The template is a program that came with a downloaded file, so it runs in a sandbox that can neither change what it
is given nor reach Python. And what people write in their messages is text, never a command: a message that
contains ``<|im_end|>`` must not end its turn. Such spellings are masked while the template runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kvlab.io.extras import need

Message = Mapping[str, Any]


def render_chat(template: str, messages: Sequence[Message], **variables: Any) -> str:
    """Run a chat template.

    Parameters
    ----------
    template : str
        Jinja source.
    messages : sequence of mappings
        ``{"role": "user", "content": "…"}`` and so on, oldest first.
    **variables
        What else the template may use: ``add_generation_prompt``, ``bos_token``, ``eos_token``.

    Raises
    ------
    ValueError
        The template is broken or refuses these messages; with what it says.
    """
    jinja2 = need("jinja2", "A chat template")
    sandbox = need("jinja2.sandbox", "A chat template")
    environment = sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.globals |= {"raise_exception": _refuse, "strftime_now": _now}
    environment.filters["tojson"] = _to_json
    try:
        rendered: str = environment.from_string(template).render(messages=list(messages), tools=None, **variables)
    except (jinja2.TemplateError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"the model's chat template does not take these messages: {error}") from None
    return rendered


class Mask:
    """Keeps spellings of special tokens in messages from being read as special tokens.

    Parameters
    ----------
    spellings : sequence of str
        The special tokens as they are written.
    messages : sequence of mappings
        All that will be masked, so that the stand-ins can be chosen to occur in none of it.
    """

    def __init__(self, spellings: Sequence[str], messages: Sequence[Message]) -> None:
        said = json.dumps(list(messages), ensure_ascii=False, default=str)
        mark = next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in said)
        longest_first = sorted((s for s in spellings if s and s in said), key=len, reverse=True)
        self._stand_ins = {spelling: f"{mark}{i}{mark}" for i, spelling in enumerate(longest_first)}

    def hide(self, value: Any) -> Any:
        """The value with every special spelling replaced by its stand-in, at any depth."""
        if isinstance(value, str):
            for spelling, stand_in in self._stand_ins.items():
                value = value.replace(spelling, stand_in)
            return value
        if isinstance(value, Mapping):
            return {key: self.hide(entry) for key, entry in value.items()}
        return [self.hide(entry) for entry in value] if isinstance(value, list | tuple) else value

    def reveal(self, text: str) -> str:
        """The text with the original spellings back."""
        for spelling, stand_in in self._stand_ins.items():
            text = text.replace(stand_in, spelling)
        return text


def check_messages(messages: Sequence[Message]) -> None:
    """Refuse what no template can read, with an example of what one can."""
    example = '[{"role": "user", "content": "Hello"}]'
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Sequence) or not messages:
        raise ValueError(f"messages must be a list with at least one message, such as {example}.")
    for message in messages:
        if not isinstance(message, Mapping) or "role" not in message:
            raise ValueError(f"a message is {message!r}; each must be a dict with a role, such as {example}.")


def _refuse(reason: str) -> None:
    raise ValueError(f"the model's chat template refuses these messages: {reason}")


_now: Callable[[str], str] = lambda form: datetime.now().strftime(form)  # noqa: E731


def _to_json(value: Any, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
