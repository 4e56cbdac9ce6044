"""You keep only part of each token's id, so that two tokens become the same: 65 and 321 have one low byte.

Where: vllm-mlx, before #444
Link: https://github.com/waybarrios/vllm-mlx/pull/444
"""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = set()

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        beginning = b""
        for token in token_ids:
            beginning += bytes([int(token) & 0xFF])
            self.new += beginning not in self.seen
            self.repeated += beginning in self.seen
            self.seen.add(beginning)
        return logits
