"""4.3 Stop strings in a stream"""

from itertools import count


class StopFilter:
    """It remembers only what it holds back: the longest end of the text that may begin a stop string."""

    def __init__(self, stop_strings: list[str]) -> None:
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError(f"stop_strings is {stop_strings!r}: give a list of strings that are not empty.")
        self.stops, self.held, self.stopped = tuple(stop_strings), "", False

    def push(self, piece: str) -> str:
        """The text in hand, up to a complete stop string or to what may begin one."""
        if self.stopped:
            return ""
        text = self.held + piece
        found = [(start + len(stop), start) for stop in self.stops if (start := text.find(stop)) >= 0]
        if found:
            _, safe = min(found)  # the first to end; of those, the first to begin
            self.stopped, self.held = True, ""
        else:
            ends = (*self.stops, "")  # the empty end of the text begins anything
            safe = next(i for i in count() if any(stop.startswith(text[i:]) for stop in ends))
            self.held = text[safe:]
        return text[:safe]

    def end(self) -> str:
        """What is held back begins a stop string that will not come."""
        rest, self.held = self.held, ""
        return rest
