"""You find an earlier text only if the new one contains all of it. Two texts that part in the middle share their
beginning too.
"""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = set()

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        text = tuple(token_ids)
        same = max((n for n in range(len(text) + 1) if text[:n] in self.seen), default=0)
        self.repeated += same
        self.new += len(text) - same
        self.seen.add(text)
        return logits
