"""A drawing to step through: no kernel, no library, one small script.

The drawing exists once. What changes is written as one table of states and, for each frame, pairs of
(element, state) for the elements that differ from the frame before. Twenty frames then cost a few kilobytes
where twenty drawings cost megabytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from kvlab.figures import page
from kvlab.figures.svg import Moving, Value, identifier, plain


def encode(moving: Sequence[Moving]) -> dict[str, list[object]]:
    """Write what changes, compactly.

    Parameters
    ----------
    moving : sequence of Moving
        Numbered in drawing order.

    Returns
    -------
    dict
        ``states`` is the table of distinct states; ``frames`` has one flat list per frame, ``[element,
        state, element, state, ...]``, of the changes since the frame before. The first frame sets all.
    """
    numbers: dict[tuple[tuple[str, str], ...], int] = {}
    tracks = [[numbers.setdefault(_key(state), len(numbers)) for state in one.states] for one in moving]
    frames: list[object] = []
    for frame in range(len(moving[0].states) if moving else 0):
        changed = [i for i, track in enumerate(tracks) if frame == 0 or track[frame] != track[frame - 1]]
        frames.append([number for i in changed for number in (i, tracks[i][frame])])
    return {"states": [dict(key) for key in numbers], "frames": frames}


def _key(state: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    return tuple((name, plain(value)) for name, value in state.items())


@dataclass(frozen=True)
class Stepper:
    """A figure with a slider, buttons and one caption for each frame.

    Without scripts the starting frame stands still and the captions can be unfolded; on paper it is the
    same, without controls. The address ``#name=3`` opens the third frame. In LaTeX the words stand alone.

    Parameters
    ----------
    drawing : sequence of str or Moving
        The SVG from back to front: markup that stays, and elements that change.
    captions : sequence of str
        One for each frame: what happened in it, in words.
    size : (float, float)
        The canvas; at most 340 wide, so that text of 12 units is 12 pixels on a phone.
    name : str
        The figure's id and part of its address: ``how-often``.
    title : str
        The finding, above the figure.
    description : str
        The finding for those who do not see it.
    label : str
        What the slider chooses: ``Step``.
    names : sequence of str, optional
        What the slider shows beside its label in each frame; ``3 of 20`` if not given.
    start : int
        The frame shown first, and the only one without scripts. The last, unless the point is elsewhere.
    """

    drawing: Sequence[str | Moving]
    captions: Sequence[str]
    size: tuple[float, float]
    name: str
    title: str
    description: str
    label: str = "Step"
    names: Sequence[str] = field(default_factory=tuple)
    start: int = -1

    def __post_init__(self) -> None:
        identifier(self.name)
        frames = len(self.captions)
        for one in (part for part in self.drawing if isinstance(part, Moving)):
            if len(one.states) != frames or len({frozenset(state) for state in one.states}) != 1:
                raise ValueError(f"a {one.tag} needs {frames} states with equal keys, one for each caption")
        if self.names and (len(self.names) != frames or any("|" in name for name in self.names)):
            raise ValueError(f"give {frames} names without '|', one for each caption")

    @property
    def moving(self) -> list[Moving]:
        """The elements that change, in drawing order."""
        return [part for part in self.drawing if isinstance(part, Moving) and not part.still]

    def svg(self, frame: int = -1) -> str:
        """Draw one frame as SVG that stands alone (its colours are the light ones unless a page says other)."""
        parts = [part.draw(frame) if isinstance(part, Moving) else part for part in self.drawing]
        return page.picture(self.name, self.size, self.title, self.description, "".join(parts))

    def html(self) -> str:
        """Return the whole figure for a page."""
        tall = "kv-tall" if self.size[1] > self.size[0] else "kv-wide"
        start = self.start % len(self.captions)
        data = page.script_data(encode(self.moving))
        return (
            f'<div class="kv-figure kv-stepper {tall}" id="{self.name}" role="group" data-start="{start}" '
            f'aria-labelledby="{self.name}-title"><p class="kv-title" id="{self.name}-title">'
            f'{page.prose(self.title)}</p><div class="kv-stage">{self.svg(start)}</div>'
            f'<div class="kv-panel"><p class="kv-caption">{escape(self.captions[start])}</p>'
            f'{self._controls(start)}{self._words()}</div><script class="kv-data" type="application/json">'
            f"{data}</script>{page.scripts('stepper')}</div>"
        )

    def _controls(self, start: int) -> str:
        frames = len(self.captions)
        shown = self.names[start] if self.names else f"{start + 1} of {frames}"
        names = f' data-names="{escape("|".join(self.names))}"' if self.names else ""
        buttons = [("previous", "Previous"), ("play", "Play"), ("next", "Next")]
        return (
            f'<div class="kv-controls" hidden="hidden"><label for="{self.name}-slider">{escape(self.label)} '
            f'<span class="kv-count"{names}>{escape(shown)}</span></label><input class="kv-slider" '
            f'id="{self.name}-slider" type="range" min="1" max="{frames}" value="{start + 1}" '
            f'aria-valuetext="{escape(self.captions[start])}"/><div class="kv-buttons">'
            + "".join(f'<button type="button" class="kv-button kv-{key}">{word}</button>' for key, word in buttons)
            + "</div></div>"
        )

    def _words(self) -> str:
        items = "".join(f"<li>{escape(caption)}</li>" for caption in self.captions)
        return f'<details class="kv-all"><summary>All frames in words</summary><ol>{items}</ol></details>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        caption = self.captions[self.start]
        return {
            "text/html": self.html(),
            "text/markdown": f"**{self.title}** {self.description} {caption}",
            "text/plain": f"{self.title}\n{caption}",
        }
