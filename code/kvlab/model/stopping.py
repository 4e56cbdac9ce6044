"""Stop strings: the end of an answer written as text, which may begin in one token and end in a later one.

A stop id is one token and ends generation where it appears. A stop string is text, and text arrives in pieces of
any length. So what might turn out to be the beginning of a stop string is held back until it is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator


def until_stop(pieces: Iterable[str], stop_strings: Collection[str]) -> Iterator[str]:
    """Hand on streamed text up to the first stop string, and never a part of it.

    The first is the one that is complete first; of several complete at once, the longest. How the text
    is cut into pieces makes no difference to what is handed on in all.

    Parameters
    ----------
    pieces : iterable of str
        Read one by one, so it may be a generation in progress; nothing is read past the stop.
    stop_strings : collection of str
        None of them empty.

    Yields
    ------
    str
        Never empty. If no stop string comes, together all of the text.

    Raises
    ------
    ValueError
        A stop string is empty, or one string was given instead of a collection; at the call.
    """
    if isinstance(stop_strings, str) or not all(stop_strings):
        raise ValueError(f"stop_strings is {stop_strings!r}: give a list of strings that are not empty.")
    stops = tuple(stop_strings)

    def stream() -> Iterator[str]:
        held = ""  # handed on as soon as it cannot begin a stop string
        for piece in pieces:
            held += piece
            cut = _first_stop(held, stops)
            safe = len(held) - _unfinished(held, stops) if cut is None else cut
            if safe:
                yield held[:safe]
            if cut is not None:
                return
            held = held[safe:]
        if held:
            yield held

    return stream()


def _first_stop(text: str, stops: tuple[str, ...]) -> int | None:
    """Where the stop string begins that ends first, or None."""
    found = [(start + len(stop), start) for stop in stops if (start := text.find(stop)) >= 0]
    return min(found)[1] if found else None


def _unfinished(text: str, stops: tuple[str, ...]) -> int:
    """How many characters at the end of the text may be the beginning of a stop string: the most."""
    longest = max(map(len, stops), default=1) - 1
    sizes = range(min(longest, len(text)), 0, -1)
    return next((n for n in sizes if any(stop.startswith(text[-n:]) for stop in stops)), 0)
