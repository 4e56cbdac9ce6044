"""You keep every text, though most of it was there before. Keep what the texts share once."""


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
        self.seen.append(list(token_ids))
        return logits
