"""1.3 A meter of repeated work

The chapter counts with `CountingCache`, which sits inside the model. Build a meter that sits outside. It stands in
for a model: it passes every call on, and counts from the tokens that go in. It must be right for any texts in any
order, not only for one text that grows. (Two texts may have the same hash: a hash alone does not decide.)

Each call is a forward pass without a cache. The model computes the rows of every position of the text that it is
given. The rows of a position depend on its token **and on all tokens before it**, and on nothing else. So a position
is

- *repeated* if some earlier pass began with the same tokens, up to and including this one;
- *new* otherwise.

Take the texts `5 8 13` and then `5 8 21 13`. The first has three new positions. In the second `5` and `8` are
repeated; `21` is new, and so is `13`, because another token stands before it now. That makes 5 new and 2 repeated.

*Correct* (3 points): the counts are right, and calls work as if the meter were not there. *Efficient* (1 point): the
meter's memory grows with the number of new positions, and with nothing else. Generation without a cache sends texts
of 1, 2, 3, ... tokens; a meter that keeps a copy of each needs memory that grows with the square.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kvlab import Transformer


class WorkMeter:
    """Stands in for a model and counts how much of its work is repeated.

    Parameters
    ----------
    model : Transformer
        Or anything else with a method ``forward(token_ids, **options)``.

    Attributes
    ----------
    new, repeated : int
        Positions, over all passes so far.

    Examples
    --------
    >>> meter = WorkMeter(model)
    >>> tokens = list(generate_recompute(meter, [5, 8, 13], 4))  # passes over 3, 4, 5 and 6 tokens
    >>> meter.new, meter.repeated
    (6, 12)
    """

    def __init__(self, model: Transformer) -> None:
        raise NotImplementedError("1.3: write the body")

    def forward(self, token_ids: Sequence[int], **options: Any) -> np.ndarray:
        """Let the model do its pass, and count it.

        Parameters
        ----------
        token_ids : sequence of int ``[T]``
            The whole text: a list, a tuple or an array. It belongs to the caller, who may change it later.
        **options
            For the model's ``forward``, such as ``last_only=True``. There is no cache among them.

        Returns
        -------
        array
            What the model returned.

        Raises
        ------
        Exception
            Whatever the model raises. That pass computed nothing: nothing is counted, and nothing is remembered.
        """
        raise NotImplementedError("1.3: write the body")
