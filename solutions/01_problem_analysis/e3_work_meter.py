"""1.3 A meter of repeated work"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kvlab import Transformer


class WorkMeter:
    """Every beginning of a text gets a number when it is first seen; the empty one is 0.

    A beginning is known by two numbers: that of the beginning one token shorter, and its last token. So each takes
    one entry, however long it is and however many texts share it. It is the tree of which SGLang's prefix cache is a
    compressed form, with keys and values at the nodes.
    """

    def __init__(self, model: Transformer) -> None:
        self.model = model
        self.new = self.repeated = 0
        self._numbers: dict[tuple[int, int], int] = {}

    def forward(self, token_ids: Sequence[int], **options: Any) -> np.ndarray:
        """The model goes first: if it raises, there is nothing to count."""
        logits = self.model.forward(token_ids, **options)
        beginning = 0
        for token in token_ids:
            longer = (beginning, token)
            if longer in self._numbers:
                self.repeated += 1
            else:
                self.new += 1
                self._numbers[longer] = self.new
            beginning = self._numbers[longer]
        return logits
