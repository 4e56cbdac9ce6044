"""You look for a stop string in each piece by itself, so one that spans two pieces is never seen.

Where: mlx-knife #68
Link: https://github.com/mzau/mlx-knife/issues/68
"""


class StopFilter:
    def __init__(self, stop_strings):
        if isinstance(stop_strings, str) or not all(stop_strings):
            raise ValueError("give a list of strings that are not empty")
        self.stops, self.stopped = list(stop_strings), False

    def push(self, piece):
        if self.stopped:
            return ""
        found = [(piece.find(stop) + len(stop), piece.find(stop)) for stop in self.stops if stop in piece]
        self.stopped = bool(found)
        return piece[: min(found)[1]] if found else piece

    def end(self):
        return ""
