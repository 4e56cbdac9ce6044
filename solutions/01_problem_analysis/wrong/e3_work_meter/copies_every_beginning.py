"""You keep a copy of every beginning: a text of T tokens takes T * T / 2 of them. A beginning is one
token more than another that you have already.
"""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = set()

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        for stop in range(1, len(token_ids) + 1):
            beginning = tuple(token_ids[:stop])
            self.new += beginning not in self.seen
            self.repeated += beginning in self.seen
            self.seen.add(beginning)
        return logits
