"""You keep the whole text and search all of it with every piece. A stop string can only end in the new piece."""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.text, self.shown, self.stopped = list(stop_strings), "", 0, False

    def push(self, piece):
        if self.stopped:
            return ""
        text = self.text + piece
        found = [(text.find(stop) + len(stop), text.find(stop)) for stop in self.stops if stop in text]
        sizes = [n for stop in self.stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
        end = min(found)[1] if found else len(text) - max(sizes, default=0)
        new, self.text, self.shown, self.stopped = text[self.shown : end], text, end, bool(found)
        return new

    def end(self):
        rest = "" if self.stopped else self.text[self.shown :]
        self.shown = len(self.text)
        return rest
