"""What moves a stepper: buttons for its runs, a slider, the link to the present frame, previous, play, next.

All of it is hidden until the script wakes it, and native: mouse, touch, keyboard and screen reader need nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape


def controls(
    name: str, label: str, names: Sequence[str], captions: Sequence[str], at: int, jumps: Mapping[str, int]
) -> str:
    """Write the controls of a stepper, as they are in one frame.

    Parameters
    ----------
    name, label : str
        The figure's id, and what its slider chooses.
    names : sequence of str
        What the slider shows in each frame; empty for ``3 of 20``.
    captions : sequence of str
    at : int
        The frame.
    jumps : mapping of str to int
        Buttons, each with the frame that it shows.

    Returns
    -------
    str
    """
    buttons = "".join(_button(f"kv-{word.lower()}", word) for word in ("Previous", "Play", "Next"))
    return (
        f'<div class="kv-controls" hidden="hidden">{_jumps(jumps)}<div class="kv-where">'
        f'<label for="{name}-slider">{escape(label)} {_count(names, at, len(captions))}</label>'
        '<span class="kv-said" role="status"></span>'
        '<button type="button" class="kv-button kv-link" hidden="hidden">Copy link</button></div>'
        f'<input class="kv-slider" id="{name}-slider" type="range" min="1" max="{len(captions)}" value="{at + 1}" '
        f'aria-valuetext="{escape(captions[at])}"/><div class="kv-buttons">{buttons}</div></div>'
    )


def _count(names: Sequence[str], at: int, frames: int) -> str:
    """Where the reader is; the script reads here what the other frames are called."""
    known = f' data-names="{escape("|".join(names))}"' if names else ""
    return f'<span class="kv-count"{known}>{escape(names[at]) if names else f"{at + 1} of {frames}"}</span>'


def _jumps(jumps: Mapping[str, int]) -> str:
    if not jumps:
        return ""
    buttons = (_button("", words, f' data-to="{frame}" aria-pressed="false"') for words, frame in jumps.items())
    return f'<div class="kv-buttons kv-jumps" role="group" aria-label="Runs">{"".join(buttons)}</div>'


def _button(kind: str, words: str, more: str = "") -> str:
    return f'<button type="button" class="{f"kv-button {kind}".strip()}"{more}>{escape(words)}</button>'
