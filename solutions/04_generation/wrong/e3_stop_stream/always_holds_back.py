"""You always hold back as many characters as a stop string may need.
Most of them cannot begin one, and the reader waits.

Where: smg (Shepherd Model Gateway) #2203
Link: https://github.com/smg-project/smg/pull/2203
"""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.held, self.stopped = list(stop_strings), "", False
        self.size = max(map(len, self.stops), default=1) - 1

    def push(self, piece):
        if self.stopped:
            return ""
        text = self.held + piece
        found = [(text.find(stop) + len(stop), text.find(stop)) for stop in self.stops if stop in text]
        if found:
            self.stopped, self.held = True, ""
            return text[: min(found)[1]]
        safe = max(0, len(text) - self.size)
        self.held = text[safe:]
        return text[:safe]

    def end(self):
        rest, self.held = self.held, ""
        return rest
