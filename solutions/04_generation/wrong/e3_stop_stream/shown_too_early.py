"""You see that the stop string is complete, but its beginning has been shown already, with an earlier piece.

Where: vLLM #3574
Link: https://github.com/vllm-project/vllm/issues/3574
"""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.text, self.shown, self.stopped = list(stop_strings), "", 0, False

    def push(self, piece):
        if self.stopped:
            return ""
        self.text += piece
        found = [(self.text.find(stop) + len(stop), self.text.find(stop)) for stop in self.stops if stop in self.text]
        self.stopped = bool(found)
        end = min(found)[1] if found else len(self.text)
        new, self.shown = self.text[self.shown : end], max(self.shown, end)
        return new

    def end(self):
        return ""
