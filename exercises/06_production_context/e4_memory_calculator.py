"""6.4 Memory calculator

A model is a list of groups of layers, and each group is a dict, as one might read it from a file:

    [
        {"kind": "window", "n_layers": 52, "n_heads": 32, "n_kv_heads": 16, "head_dim": 128, "window": 1024},
        {"kind": "full", "n_layers": 10, "n_heads": 32, "n_kv_heads": 16, "head_dim": 128},
    ]

Four kinds exist. Of a sequence, one layer keeps

- `"full"`: a key and a value of `head_dim` numbers of every token, for each of its `n_kv_heads` heads;
- `"window"`: the same, but of the newest `window` tokens at most;
- `"latent"`: one row of every token for all heads, which keys and values share: `rank` numbers and `rope_dim` more;
- `"state"`: `state_numbers` numbers, whatever the length, and always in fp32: 4 bytes each.

All others take `bytes_per_number` bytes a number, which is 0.5 for four bits. Like a `config.json`, a group may hold
more entries than its kind needs: `n_heads` query heads, `embed_dim`, the width of the model, or a window in a layer
that does not use it.

Build the calculator: bytes of a sequence, bytes of one more token, and a line for people to read. There are three units
in that line beside B: 1 KiB is 1024 bytes, 1 MiB is 1024 KiB, and 1 GiB is 1024 MiB.
"""

from collections.abc import Mapping, Sequence
from typing import Any


class MemoryCalculator:
    """What the cache of one sequence takes.

    Parameters
    ----------
    groups : sequence of dict
        As above. They are not changed.
    bytes_per_number : float
        Of everything but recurrent states.

    Raises
    ------
    ValueError
        A group is of an unknown kind. Leaving it out would be a wrong answer that looks right.

    Examples
    --------
    >>> groups = [{"kind": "full", "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "head_dim": 128}]
    >>> calculator = MemoryCalculator(groups)
    >>> calculator.next_token_bytes(0)
    131072
    >>> calculator.report(12)
    '1.5 MiB'
    """

    def __init__(self, groups: Sequence[Mapping[str, Any]], bytes_per_number: float = 2) -> None:
        raise NotImplementedError("6.4: write the body of __init__")

    def sequence_bytes(self, n_tokens: int) -> float:
        """Bytes that a sequence of so many tokens takes in all layers.

        Parameters
        ----------
        n_tokens : int
            0 or more; states are there before the first token.

        Raises
        ------
        ValueError
            n_tokens is negative.
        """
        raise NotImplementedError("6.4: write the body of sequence_bytes")

    def next_token_bytes(self, n_tokens: int) -> float:
        """Bytes that one more token adds to a sequence of `n_tokens`. A window that is full already adds nothing.

        Raises
        ------
        ValueError
            n_tokens is negative.
        """
        raise NotImplementedError("6.4: write the body of next_token_bytes")

    def report(self, n_tokens: int) -> str:
        """The bytes of a sequence in the largest unit of B, KiB, MiB and GiB of which it is at least 1.

        One decimal, but none for B: ``512 B``, ``1.5 KiB``, ``3072.0 GiB``. The unit is chosen first, and then the
        number is rounded, not cut off: 2,046 bytes are ``2.0 KiB``, and two bytes less than 1 MiB are ``1024.0 KiB``.

        Raises
        ------
        ValueError
            n_tokens is negative.
        """
        raise NotImplementedError("6.4: write the body of report")
