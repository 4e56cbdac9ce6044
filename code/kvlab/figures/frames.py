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
from kvlab.figures.controls import controls
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

    Where a prediction is asked above it, it opens before the answer. Without scripts and on paper the frame with the
    finding stands still; without scripts all captions can be unfolded. The address ``#name=3`` opens the third frame.

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
        The frame that opens.
    still : int
        The frame with the finding: what is seen without scripts, and on paper.
    stills : sequence of int, optional
        Frames that tell it better side by side, where the paper has room.
    jumps : mapping of str to int, optional
        Buttons, each with the frame that it shows: where one run ends and another begins.
    """

    drawing: Sequence[str | Moving]
    captions: Sequence[str]
    size: tuple[float, float]
    name: str
    title: str
    description: str
    label: str = "Step"
    names: Sequence[str] = field(default_factory=tuple)
    start: int = 0
    still: int = -1
    stills: Sequence[int] = field(default_factory=tuple)
    jumps: Mapping[str, int] = field(default_factory=dict)

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

    def svg(self, frame: int | None = None) -> str:
        """Draw one frame, or the still one, as SVG that stands alone (in light colours, unless a page has others)."""
        frame = self.still if frame is None else frame
        parts = [part.draw(frame) if isinstance(part, Moving) else part for part in self.drawing]
        return page.picture(self.name, self.size, self.title, self.description, "".join(parts))

    def html(self) -> str:
        """Return the whole figure for a page."""
        frames = len(self.captions)
        start, still = self.start % frames, self.still % frames
        stills = f' data-stills="{" ".join(str(i % frames) for i in self.stills)}"' if self.stills else ""
        return (
            f'<div class="kv-figure kv-stepper" id="{self.name}" role="group" aria-labelledby="{self.name}-title" '
            f'data-start="{start}" data-still="{still}"{stills}>'
            f'<p class="kv-title" id="{self.name}-title">{page.prose(self.title)}</p>'
            f'<div class="kv-stage">{self.svg()}</div><div class="kv-panel">'
            f'<p class="kv-caption"><span>{escape(self.captions[still])}</span></p>'
            f"{controls(self.name, self.label, self.names, self.captions, still, self.jumps)}{self._words()}</div>"
            f'<script class="kv-data" type="application/json">{page.script_data(encode(self.moving))}</script>'
            f"{page.scripts('stepper')}</div>"
        )

    def _words(self) -> str:
        items = "".join(f"<li>{escape(caption)}</li>" for caption in self.captions)
        return f'<details class="kv-all"><summary>All frames in words</summary><ol>{items}</ol></details>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        caption = self.captions[self.still]
        return {
            "text/html": self.html(),
            "text/markdown": f"**{self.title}** {self.description} {caption}",
            "text/plain": f"{self.title}\n{caption}",
        }
