"""5.2 The least time of a step

A machine does at most `rate` operations a second and reads at most `bandwidth` bytes a second. It decodes one token
for each sequence of a batch, all in one step. Predict the least seconds that this step can take.

The step has two parts, and one follows the other:

- the *linear layers*: every weight matrix of every layer (those of queries, keys, values and output, and the three of
  the MLP), and the head. Each matrix is read once for the whole batch; each of its numbers takes part in two
  operations for every sequence.
- *attention*: every sequence reads its own keys and values, each once. A query head does `4 D` operations for each
  key that it sees: `2 D` with the key, and `2 D` with the value.

Within a part, reading and computing overlap, so the slower of the two decides. Nothing else counts: norms, biases,
softmax, what goes in and out of a product. Of the embedding, a step looks up one row a token, which counts as
nothing; but a *tied* head is that same table, and as the head it is read whole.

`forward_operations` of `kvlab.measure.counters` may help.
"""

from collections.abc import Sequence

from kvlab import ModelConfig


def decode_seconds(
    config: ModelConfig, contexts: Sequence[int], bytes_per_number: float, rate: float, bandwidth: float
) -> float:
    """The least seconds of one decode step of a batch.

    Parameters
    ----------
    config : ModelConfig
        All its layers attend to the whole text: `config.windows` is empty.
    contexts : sequence of int
        One entry for each sequence: the keys that its new token sees, its own included. At least one entry, each at
        least 1.
    bytes_per_number : float
        Bytes of a weight, and of a number of a key or value.
    rate, bandwidth : float
        Operations a second, and bytes a second; either may be infinite.

    Returns
    -------
    float
        Seconds.

    Examples
    --------
    A machine that computes infinitely fast and reads a byte a second takes as many seconds as there are bytes. One
    layer with two key/value heads of 4 numbers keeps 2 * 2 * 4 numbers a token:

    >>> config = ModelConfig(
    ...     n_layers=1, embed_dim=8, n_heads=4, n_kv_heads=2, head_dim=4, mlp_dim=16, vocab_size=32
    ... )
    >>> fast = {"bytes_per_number": 1, "rate": float("inf"), "bandwidth": 1}
    >>> decode_seconds(config, [11], **fast) - decode_seconds(config, [10], **fast)
    16.0
    """
    raise NotImplementedError("5.2: write the body")
