"""Tests of 1.2: the counts, against a walk over every product of every pass, and against the package's counter."""

import numpy as np

from kvgrade import expect, given
from kvlab import ModelConfig
from kvlab.measure.counters import generation_operations

PARTS = {
    "keys_values": "each key/value head makes a key and a value of head_dim numbers from a hidden state",
    "queries_outputs": "n_heads x head_dim numbers are made from a hidden state, and as many are taken back to one",
    "mlp": "gate, up and down are three matrices",
    "scores": "each query head multiplies with a key and with a value for every pair, whoever shares that key",
    "head": "logits are computed once a step, for the last position, and once for the model, not for each layer",
}
SMALL = ModelConfig(n_layers=1, embed_dim=3, n_heads=4, n_kv_heads=2, head_dim=2, mlp_dim=5, vocab_size=7)


def products(config, positions):
    """The shapes of the products of one pass over these positions, with everything before them at hand: slow, plain."""
    E, D, n = config.embed_dim, config.head_dim, len(positions)
    for _ in range(config.n_layers):
        for _ in range(config.n_kv_heads):
            yield from [("keys_values", (n, E, D))] * 2
        for _ in range(config.n_heads):
            yield from (("queries_outputs", (n, E, D)), ("queries_outputs", (n, D, E)))
            for position in positions:
                seen = position + 1
                yield from (("scores", (1, D, seen)), ("scores", (1, seen, D)))
        E_to_M, M_to_E = (n, E, config.mlp_dim), (n, config.mlp_dim, E)
        yield from (("mlp", E_to_M), ("mlp", E_to_M), ("mlp", M_to_E))
    yield "head", (1, E, config.vocab_size)


def walk(config, n_prompt, n_generated, cached):
    total = dict.fromkeys(PARTS, 0)
    for length in range(n_prompt, n_prompt + n_generated):
        start = length - 1 if cached and length > n_prompt else 0
        for part, (a, b, c) in products(config, range(start, length)):
            total[part] += a * b * c
    return total


def compare(answer, config, n_prompt, n_generated, cached, why):
    """Compare part by part; ``why`` is a sentence, or one for each part."""
    case = f"prompt of {n_prompt}, {n_generated} generated, {'with' if cached else 'without'} a cache"
    with given(f"{case}, {describe(config)}"):
        got = answer.multiply_adds(config, n_prompt, n_generated, cached=cached)
        want = walk(config, n_prompt, n_generated, cached)
        if not isinstance(got, dict) or set(got) != set(want):
            expect(got, want, "the result")  # says which keys it must have
        for part in PARTS:
            reason = why[part] if isinstance(why, dict) else why
            expect(got[part], want[part], part, why=f"{part}: {reason}")
            assert isinstance(got[part], (int, np.integer)), f"{part} is a float: a count is an int"


def describe(config):
    names = {"L": "n_layers", "E": "embed_dim", "H": "n_heads", "H_kv": "n_kv_heads", "D": "head_dim"}
    names |= {"M": "mlp_dim", "V": "vocab_size"}
    return "  ".join(f"{letter}={getattr(config, name)}" for letter, name in names.items())


def test_correct(answer, rng):
    once = "one step, which reads the one token of the prompt and not the one that it writes"
    compare(answer, SMALL, 1, 1, False, {part: f"{once}; {says}" for part, says in PARTS.items()})
    first = "the one step there is reads the prompt, as without a cache, and nothing reads the token that it writes"
    compare(answer, SMALL, 1, 1, True, first)
    compare(answer, SMALL.with_(n_layers=3), 1, 1, False, "all but the head is done in every layer")
    prompt = dict.fromkeys(PARTS, "each token of the prompt goes through the matrices once")
    prompt |= {"scores": "token p sees p + 1 keys: those before it and its own", "head": PARTS["head"]}
    compare(answer, SMALL, 3, 1, False, prompt)
    compare(answer, SMALL, 3, 1, True, prompt)
    steps = "without a cache each step reads all of the text again; the last token written is never read"
    compare(answer, SMALL, 1, 2, False, dict.fromkeys(PARTS, steps) | {"head": PARTS["head"]})
    decode = "with a cache the prompt is read once, then one token a step; the last token written is never read"
    kept = "with a cache one new query a step still meets every key before it, and its own"
    compare(answer, SMALL, 1, 2, True, dict.fromkeys(PARTS, decode) | {"scores": kept, "head": PARTS["head"]})
    compare(answer, SMALL, 3, 4, False, steps)
    compare(answer, SMALL, 3, 4, True, decode)
    multi_query = SMALL.with_(n_kv_heads=1, head_dim=6, embed_dim=8, n_layers=2)
    for _ in range(4):
        n_prompt, n_generated = (int(n) for n in rng.integers(1, 8, 2))
        for cached in (False, True):
            compare(answer, multi_query, n_prompt, n_generated, cached, "take every number from the config")
    packaged(answer, n_prompt=5, n_generated=20)
    packaged(answer, n_prompt=60_001, n_generated=3)


def packaged(answer, n_prompt, n_generated):
    """The package's counter says the same of a large model; its operations are two for a multiply-add."""
    config = ModelConfig(
        n_layers=61, embed_dim=4096, n_heads=32, n_kv_heads=8, head_dim=128, mlp_dim=14336, vocab_size=128_256
    )
    for cached in (False, True):
        steps = generation_operations(config, n_prompt, n_generated, cached=cached)
        counted = sum(steps[1:], steps[0])
        case = f"prompt of {n_prompt:,}, {n_generated} generated, {'with' if cached else 'without'} a cache"
        with given(f"{case}, {describe(config)}"):
            got = answer.multiply_adds(config, n_prompt, n_generated, cached=cached)
            mine = {"projections": got["keys_values"] + got["queries_outputs"]}
            mine |= {part: got[part] for part in ("mlp", "scores", "head")}
            for part, operations in counted.as_dict().items():
                expect(mine[part], operations // 2, part, why="the package's counter says otherwise, to the last digit")


def probes(answer):
    config = SMALL.with_(n_layers=2, n_heads=6, head_dim=4, embed_dim=12)  # no two mistakes the same factor
    for n_prompt, n_generated in ((1, 1), (3, 1), (2, 3)):
        for cached in (False, True):
            yield lambda a=n_prompt, b=n_generated, c=cached: answer.multiply_adds(config, a, b, cached=c)
