"""You compare with the last pass only. A position is repeated if any earlier pass began the same way."""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = []

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        same = 0
        while same < min(len(token_ids), len(self.seen)) and token_ids[same] == self.seen[same]:
            same += 1
        self.repeated += same
        self.new += len(token_ids) - same
        self.seen = list(token_ids)
        return logits
