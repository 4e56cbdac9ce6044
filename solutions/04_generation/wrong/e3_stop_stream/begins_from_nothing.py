"""When a beginning turns out to be none, you let all of it go. A later part of it may begin a stop string again."""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.held, self.stopped = list(stop_strings), "", False

    def push(self, piece):
        shown = ""
        for letter in piece:
            if self.stopped:
                break
            self.held += letter
            complete = [len(stop) for stop in self.stops if self.held.endswith(stop)]
            if complete:
                shown += self.held[: len(self.held) - max(complete)]
                self.stopped, self.held = True, ""
            elif not any(stop.startswith(self.held) for stop in self.stops):
                keeps = any(stop.startswith(letter) for stop in self.stops)
                shown += self.held[:-1] if keeps else self.held
                self.held = letter if keeps else ""
        return shown

    def end(self):
        rest, self.held = self.held, ""
        return rest
