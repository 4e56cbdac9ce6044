"""You count a pass before it has happened. If the model refuses the text, nothing was computed."""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = {}

    def forward(self, token_ids, **options):
        beginning = 0
        for token in token_ids:
            longer = (beginning, token)
            if longer in self.seen:
                self.repeated += 1
            else:
                self.new += 1
                self.seen[longer] = self.new
            beginning = self.seen[longer]
        return self.model.forward(token_ids, **options)
