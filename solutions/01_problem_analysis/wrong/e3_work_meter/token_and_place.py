"""You ask whether this token has been in this place before. Its rows depend on all tokens before it, too: after a
changed one everything is new.

Where: nano-vllm, where a block's hash could lose its prefix
Link: https://github.com/GeeeekExplorer/nano-vllm/commit/9fa256a56d81101918aa4f763b66854196bab215
"""


class WorkMeter:
    def __init__(self, model):
        self.model = model
        self.new = self.repeated = 0
        self.seen = set()

    def forward(self, token_ids, **options):
        logits = self.model.forward(token_ids, **options)
        for position, token in enumerate(token_ids):
            self.new += (position, token) not in self.seen
            self.repeated += (position, token) in self.seen
            self.seen.add((position, token))
        return logits
