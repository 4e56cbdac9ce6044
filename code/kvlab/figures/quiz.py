"""Commit to an answer, then see it: questions of native form elements that need no kernel and no library.

The page computes the answers; readers see them after they have chosen, or unfold them where scripts are off.
(The usual library hides its radio buttons, announces nothing, shuffles by chance and leaves an empty page
without scripts.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from kvlab.figures import page
from kvlab.figures.svg import identifier


@dataclass(frozen=True)
class Quiz:
    """A question that a notebook or the book displays.

    Attributes
    ----------
    html : str
        The form.
    words : str
        Question and answer in Markdown, where there is no HTML.
    """

    html: str
    words: str

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/html": self.html, "text/markdown": self.words, "text/plain": self.words}


def choice(question: str, answers: Sequence[tuple[str, bool, str]], *, name: str) -> Quiz:
    """Ask the reader to choose.

    Parameters
    ----------
    question : str
        Plain text; `backticks` make code.
    answers : sequence of (str, bool, str)
        Text, whether it is right, and what to say to those who chose it. Exactly one is right.
    name : str
        The question's id on its page.

    Returns
    -------
    Quiz
    """
    if sum(right for _, right, _ in answers) != 1:
        raise ValueError("exactly one answer is right")
    identifier(name)
    options = "".join(
        f'<label class="kv-answer"><input type="radio" name="{name}-answer" value="{i}"/>'
        f"<span>{page.prose(text)}</span></label>"
        for i, (text, _, _) in enumerate(answers)
    )
    form = f"<fieldset><legend>{page.prose(question)}</legend>{options}</fieldset>{_button('Check')}"
    items = "".join(_item(text, right, why) for text, right, why in answers)
    solved = "".join(f"\n- {'**' + text + '**' if right else text}: {why}" for text, right, why in answers)
    return Quiz(_whole(name, "choice", form, f"<ul>{items}</ul>"), f"**{question}**\n{solved}\n")


def number(
    question: str,
    answer: float,
    *,
    name: str,
    tolerance: float = 0.0,
    unit: str = "",
    feedback: str = "",
    digits: int = 3,
) -> Quiz:
    """Ask the reader for a number.

    Parameters
    ----------
    question : str
        Plain text; `backticks` make code. Say the unit.
    answer : float
        The right number, computed by the page.
    name : str
        The question's id on its page.
    tolerance : float
        How far off counts as right, as a share of the answer: 0.1 accepts 90 to 110 for 100.
    unit : str
        Written behind the field and the answer.
    feedback : str
        Why it is this number.
    digits : int
        How many significant digits of a fraction to show; whole numbers are shown whole.

    Returns
    -------
    Quiz
    """
    identifier(name)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(answer)))) if answer else 0
    shown = f"{answer:,.{0 if float(answer).is_integer() else decimals}f}"
    behind = f" {unit}" if unit else ""
    form = (
        f'<label class="kv-question" for="{name}-entry">{page.prose(question)}</label><div class="kv-entry">'
        f'<input id="{name}-entry" type="text" inputmode="decimal" autocomplete="off" data-answer="{float(answer)!r}" '
        f'data-tolerance="{tolerance!r}"/>{f"<span>{escape(unit)}</span>" if unit else ""}{_button("Check")}</div>'
    )
    return Quiz(
        _whole(name, "number", form, f"<p>{_item_words(shown + behind, feedback)}</p>"),
        f"**{question}**\n\n{shown}{behind}. {feedback}\n",
    )


def _button(word: str) -> str:
    return f'<button type="button" class="kv-button kv-check" hidden="hidden">{word}</button>'


def _item(text: str, right: bool, why: str) -> str:
    mark = "Right: " if right else ""
    return f'<li data-right="{"yes" if right else "no"}">{mark}{_item_words(text, why)}</li>'


def _item_words(text: str, why: str) -> str:
    return f"<strong>{page.prose(text)}</strong>. <span>{page.prose(why)}</span>"


def _whole(name: str, kind: str, form: str, solution: str) -> str:
    return (
        f'<div class="kv-quiz" id="{name}" data-kind="{kind}">{form}<p class="kv-feedback" aria-live="polite"></p>'
        f'<details class="kv-solution"><summary>Show the answer</summary>{solution}</details>'
        f"{page.scripts('quiz')}</div>"
    )
