"""The trace of a cache's step, and what its events mean in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Event(NamedTuple):
    """One call that a cache saw.

    Attributes
    ----------
    name : str
        ``begin``, ``update``, ``fail``, ``advance`` or ``abort``.
    value : int
        Tokens for begin and advance, the layer for update and fail; 0 for abort.
    position : int
        The cache's position after the call.
    """

    name: str
    value: int
    position: int


@dataclass(frozen=True)
class Frame:
    """One event with what led to it."""

    run: str
    event: Event
    before: tuple[Event, ...]  # earlier events of the run
    start: int  # position when the step began
    n: int  # tokens of the step

    @property
    def staged(self) -> set[int]:
        """Layers that the step has written so far."""
        return {event.value for event in (*self.before, self.event) if event.name == "update"}

    @property
    def failed(self) -> int | None:
        """The layer that failed, if one has."""
        return next((event.value for event in (*self.before, self.event) if event.name == "fail"), None)


def frames_of(run: str, events: Sequence[Event], slots: int) -> list[Frame]:
    """A run's events, each with what led to it."""
    if not events or events[0].name != "begin":
        raise ValueError(f"the trace of {run!r} must start with begin.")
    first = events[0]
    if first.position + first.value > slots:
        raise ValueError(f"{first.position} + {first.value} tokens do not fit into {slots} slots.")
    return [Frame(run, event, tuple(events[:i]), first.position, first.value) for i, event in enumerate(events)]


def first_frames(frames: Sequence[Frame]) -> dict[str, int]:
    """Where each run begins."""
    firsts: dict[str, int] = {}
    for i, frame in enumerate(frames):
        firsts.setdefault(frame.run, i)
    return firsts


def opening(frames: Sequence[Frame], run: str) -> tuple[int, int]:
    """Where a run fails, or begins if it does not; and where it ends."""
    mine = [i for i, frame in enumerate(frames) if frame.run == run]
    if not mine:
        raise ValueError(f"no run is called {run!r}; there are {', '.join(first_frames(frames))}.")
    fails = [i for i in mine if frames[i].event.name == "fail"]
    return (fails or mine)[0], mine[-1]


def label(frame: Frame) -> str:
    """Name a frame in a few words."""
    name, value, _ = frame.event
    call = {"begin": f"begin({value})", "advance": f"advance({value})", "abort": "abort()"}
    return f"{frame.run}: {call.get(name, f'{name} layer {value}')}"


def caption(frame: Frame, n_layers: int) -> str:
    """Say what an event did."""
    name, value, position = frame.event
    if name == "begin":
        return f"begin({value}) makes sure that there is room, and opens a step. Position {position}, nothing written."
    if name == "update":
        rest = n_layers - len(frame.staged)
        return f"Layer {value} has staged its keys and values; still to come: {rest}. Position is still {position}."
    if name == "fail":
        held = ", ".join(str(layer) for layer in sorted(frame.staged)) or "none"
        return f"Layer {value} fails. Layers that hold the new token: {held}. Position is {position}."
    if name == "abort":
        return f"abort() closes the step. Position is {position}, as before; what was written can no longer be read."
    return f"advance({value}) moves position from {frame.start} to {position}: only now does the new token count."


def description(runs: Mapping[str, Sequence[Event]]) -> str:
    """Say how each run ended."""
    ends = [f"{run}: position {events[0].position} before, {events[-1].position} after" for run, events in runs.items()]
    return f"A step of a cache, event by event. {'; '.join(ends)}."
