"""Of two stop strings you take the one that begins first. What is shown then depends on how the text is cut into
pieces.
"""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.held, self.stopped = list(stop_strings), "", False

    def push(self, piece):
        if self.stopped:
            return ""
        text = self.held + piece
        found = [text.find(stop) for stop in self.stops if stop in text]
        if found:
            self.stopped, self.held = True, ""
            return text[: min(found)]
        sizes = [n for stop in self.stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
        safe = len(text) - max(sizes, default=0)
        self.held = text[safe:]
        return text[:safe]

    def end(self):
        rest, self.held = self.held, ""
        return rest
