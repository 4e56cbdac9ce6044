"""Tests of 5.2: the prediction, against the arrays of a model and a cache that are really made.

Bytes and operations here are whole numbers far below 2**53, so only the divisions round: 1e-9 allows any order.
"""

import numpy as np

from kvgrade import expect, given
from kvlab import KVCache, ModelConfig, random_weights
from kvlab.measure.counters import forward_operations

ENDLESS = float("inf")


def small(**changes):
    fields = {"n_layers": 1, "embed_dim": 8, "n_heads": 4, "n_kv_heads": 2, "head_dim": 4, "mlp_dim": 16}
    return ModelConfig(**({"vocab_size": 32} | fields | changes))


def parts(config, contexts):
    """Operations and numbers read of both parts, from arrays that exist and the package's counter."""
    weights = random_weights(config)
    matrices = [array for name, array in weights.named() if name.startswith("layers") and array.ndim == 2]
    matrices.append(weights.embedding if config.tied_head else weights.head)
    read = sum(matrix.size for matrix in matrices)
    kept = 0
    for context in contexts:
        cache = KVCache.for_model(config, context)
        kept += sum(array.size for layer in range(config.n_layers) for array in whole(cache, layer, context))
    scores = sum(forward_operations(config, 1, context - 1).scores for context in contexts)
    return (2 * read * len(contexts), read), (scores, kept)


def whole(cache, layer, context):
    """The keys and values of one layer of a cache that is full."""
    if cache.position == 0:
        row = np.zeros((cache.n_kv_heads, context, cache.head_dim), np.float32)
        for one in range(cache.n_layers):
            cache.update(one, row, row)
        cache.advance(context)
    return cache.get(layer)


def oracle(config, contexts, size, rate, bandwidth):
    return sum(max(done / rate, size * read / bandwidth) for done, read in parts(config, contexts))


def says(config):
    heads = f"{config.n_heads} query heads, {config.n_kv_heads} key/value heads of {config.head_dim}"
    tied = ", tied head" if config.tied_head else ""
    return f"L {config.n_layers}, E {config.embed_dim}, M {config.mlp_dim}, V {config.vocab_size}, {heads}{tied}"


def machine(rate, bandwidth):
    if rate == ENDLESS:
        return "endless rate, so that only bytes count"
    if bandwidth == ENDLESS:
        return "endless bandwidth, so that only operations count"
    return f"rate {rate:g}, bandwidth {bandwidth:g}"


def compare(answer, config, contexts, size=1, rate=ENDLESS, bandwidth=1.0, why=""):
    unit = "byte" if size == 1 else "bytes"
    with given(f"{says(config)}; contexts {contexts}, {size:g} {unit} a number; {machine(rate, bandwidth)}"):
        got = answer.decode_seconds(config, contexts, size, rate, bandwidth)
        expect(got, float(oracle(config, contexts, size, rate, bandwidth)), "seconds", why=why, rtol=1e-9)


def compare_growth(answer, config, fewer, more, rate, bandwidth, why):
    """How much longer one step takes than another: most of what could be wrong cancels."""
    with given(f"{says(config)}; contexts {more} against {fewer}, 1 byte a number; {machine(rate, bandwidth)}"):
        added(answer, (config, fewer), (config, more), rate, bandwidth, why)


def compare_models(answer, change, rate, bandwidth, why, **fields):
    """What one field of the model adds to a step of one token of context."""
    (name, value), config = *change.items(), small(**fields)
    case = f"{says(config)}; {name} {value} against {getattr(config, name)}, contexts [1], 1 byte a number"
    with given(f"{case}; {machine(rate, bandwidth)}"):
        added(answer, (config, [1]), (config.with_(**change), [1]), rate, bandwidth, why)


def added(answer, less, more, rate, bandwidth, why):
    got = [answer.decode_seconds(config, contexts, 1, rate, bandwidth) for config, contexts in (less, more)]
    assert all(isinstance(one, (int, float, np.number)) for one in got), "decode_seconds must return a number"
    want = [oracle(config, contexts, 1, rate, bandwidth) for config, contexts in (less, more)]
    expect(float(got[1] - got[0]), float(want[1] - want[0]), "seconds added", why=why, rtol=1e-9)


def test_correct(answer, rng):
    config = small()
    bytes_only, operations_only = (ENDLESS, 1.0), (1.0, ENDLESS)
    why = "one more token of context is a key and a value more to read, in each layer and key/value head"
    compare_growth(answer, config, [1], [2], *bytes_only, why=why)
    compare_growth(answer, small(n_layers=3, head_dim=6), [1], [2], *bytes_only, why=why)
    # one field at a time, so that what a step leaves out of the weights has a name
    mlp = {"mlp_dim": 17}
    why = "each MLP has three matrices, of embed_dim * mlp_dim numbers each, and all are read"
    compare_models(answer, mlp, *bytes_only, why=why)
    entry = {"vocab_size": 33}
    why = "an entry more in the vocabulary is a row more of the head to read; the embedding is only looked up"
    compare_models(answer, entry, *bytes_only, why=why)
    why = "a tied head is the embedding, and as the head it is read whole"
    compare_models(answer, entry, *bytes_only, why=why, tied_head=True)
    why = "one step reads the matrices of every layer and the head, and the keys and values of all tokens it sees"
    compare(answer, config, [1], why=why)
    compare(answer, small(tied_head=True), [1], why="a tied head is the embedding, and as the head it is read whole")
    compare(answer, small(n_layers=2, head_dim=6, n_kv_heads=1), [4], why=why)
    why = "a second sequence reads keys and values of its own; the weights are read once for both"
    compare_growth(answer, config, [1], [1, 1], *bytes_only, why=why)
    compare_growth(answer, config, [3], [3, 5], *bytes_only, why=why)
    why = "one more key costs each query head 4 operations for each of its numbers, in each layer"
    compare_growth(answer, small(n_layers=3, head_dim=6), [1], [2], *operations_only, why=why)
    why = "each number of the MLP's three matrices takes part in 2 operations"
    compare_models(answer, mlp, *operations_only, why=why)
    compare_models(answer, entry, *operations_only, why="each number of the head takes part in 2 operations")
    why = (
        "one sequence: 2 operations for each weight, and 4 D for each query head and key that it sees, its own included"
    )
    compare(answer, config, [1], rate=1.0, bandwidth=ENDLESS, why=why)
    compare(answer, small(n_layers=2, head_dim=6, n_kv_heads=1), [4], rate=1.0, bandwidth=ENDLESS, why=why)
    why = "a second sequence does all operations once more: those of every layer and the head, and of its attention"
    compare_growth(answer, config, [1], [1, 1], *operations_only, why=why)
    compare(answer, config, [2, 7], rate=3.0, bandwidth=ENDLESS, why="operations over the rate are seconds")
    compare(
        answer, config, [2, 7], size=2, bandwidth=5.0, why="numbers times their bytes, over the bandwidth, are seconds"
    )
    compare(answer, config, [2, 7], size=0.5, why="weights, keys and values take bytes_per_number bytes each number")
    why = "reading and computing overlap: the slower one decides"
    compare(answer, config, [1], rate=10.0, bandwidth=1.0, why=why)
    compare(answer, config, [1], rate=1.0, bandwidth=10.0, why=why)
    why = "each part has a limit of its own: here attention waits for memory, the linear layers for arithmetic"
    compare(answer, config, [90] * 9, rate=6.0, bandwidth=1.0, why=why)
    why = "each part has a limit of its own: here the linear layers wait for memory, attention for arithmetic"
    compare(answer, small(n_heads=8, n_kv_heads=1), [90], rate=6.0, bandwidth=1.0, why=why)
    for _ in range(12):
        n_kv, groups, layers, batch = (int(x) for x in rng.integers(1, (4, 4, 4, 9)))
        config = ModelConfig(
            n_layers=layers, embed_dim=2 * int(rng.integers(2, 9)), n_heads=n_kv * groups, n_kv_heads=n_kv,
            head_dim=2 * int(rng.integers(1, 5)), mlp_dim=int(rng.integers(3, 30)), vocab_size=int(rng.integers(5, 50)),
            tied_head=bool(rng.integers(2)), qkv_bias=bool(rng.integers(2)), qk_norm=bool(rng.integers(2)),
        )  # fmt: skip
        contexts = rng.integers(1, 60, batch).tolist()
        compare(answer, config, contexts, float(rng.choice([0.5, 1, 2, 4])), float(rng.uniform(1, 20)), 3.0)


def probes(answer):
    inputs = [
        (small(), [1], 1, ENDLESS, 1.0),
        (small(), [3, 5], 1, ENDLESS, 1.0),
        (small(), [3, 5], 1, 1.0, ENDLESS),
        (small(tied_head=True), [2], 2, ENDLESS, 1.0),
        (small(n_layers=3, head_dim=6), [4], 1, 1.0, 1.0),
        (small(), [90] * 9, 1, 6.0, 1.0),
    ]
    for one in inputs:
        yield lambda one=one: answer.decode_seconds(*one)
