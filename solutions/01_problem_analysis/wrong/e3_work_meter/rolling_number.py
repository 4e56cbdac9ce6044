"""You fold each beginning into one number, and two beginnings get the same number: 0 and 0 0, for example."""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = set()

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        number = 0
        for token in token_ids:
            number = number * 31 + int(token)
            self.new += number not in self.seen
            self.repeated += number in self.seen
            self.seen.add(number)
        return logits
