"""You keep the caller's list itself. It goes on growing, and with it what you remember: the new tokens seem to have
been there before.
"""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = []

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        same = 0
        for earlier in self.seen:
            n = 0
            while n < min(len(token_ids), len(earlier)) and token_ids[n] == earlier[n]:
                n += 1
            same = max(same, n)
        self.repeated += same
        self.new += len(token_ids) - same
        self.seen.append(token_ids)
        return logits
