"""Tests of 4.1: the text, and what the cache holds, against reading everything again for each token."""

from dataclasses import replace

import numpy as np

from kvgrade import Wrong, expect, given
from kvlab import KVCache, ModelConfig, Transformer, random_weights

EARLIER = [11, 4, 17]  # what a cache may hold already


class Watched(Transformer):
    """A model that notes what is read, pass by pass, and with it the text in each cache."""

    def __init__(self, config, weights):
        super().__init__(config, weights)
        self.passes, self.texts = [], {}

    def forward_batch(self, sequences, *, last_only=False):
        before = [getattr(cache, "position", 0) for _, cache in sequences]
        logits = super().forward_batch(sequences, last_only=last_only)
        for position, (ids, cache), rows in zip(before, sequences, logits, strict=True):
            ids = [int(token) for token in ids]
            self.texts[id(cache)] = self.texts.get(id(cache), [])[:position] + ids
            self.passes.append((ids, len(rows)))
        return logits

    def shown(self):
        return " | ".join(" ".join(map(str, ids)) for ids, _ in self.passes)


def tiny(seed, n_heads=4, n_kv_heads=2):
    """A model small enough to run hundreds of times; its attention is loud, so that the whole text matters."""
    config = ModelConfig(
        n_layers=2, embed_dim=16, n_heads=n_heads, n_kv_heads=n_kv_heads, head_dim=6, mlp_dim=20, vocab_size=29
    )
    weights = random_weights(config, seed)
    loud = tuple(replace(layer, output=3 * layer.output) for layer in weights.layers)
    return Watched(config, replace(weights, layers=loud))


def start(model, earlier, room):
    """A cache of so much room that has read an earlier text; the model forgets that it did."""
    cache = KVCache.for_model(model.config, len(earlier) + room)
    if earlier:
        model.forward(earlier, cache)
    model.passes = []
    return cache


def by_recomputing(model, text, n_new):
    """The definition: for each token, read everything again."""
    new = []
    for _ in range(n_new):
        new.append(int(Transformer.forward_batch(model, [([*text, *new], None)])[0][-1].argmax()))
    return new


def compare(answer, model, prompt, n_new, earlier=(), why="", spare=4):
    earlier = list(earlier)
    holds = f", the cache holds {' '.join(map(str, earlier))}" if earlier else ""
    with given(f"prompt {' '.join(map(str, prompt))}, {n_new} new{holds}"):
        want = by_recomputing(model, [*earlier, *prompt], n_new)
        cache = start(model, earlier, len(prompt) + n_new - 1 + spare)
        ids = list(prompt)
        try:
            got = answer.generate(model, ids, n_new, cache)
        except ValueError as error:
            full = "the cache is full" in str(error)
            headline = "your loop reads more tokens than it needs" if full else "your loop reads no tokens in one call"
            if full or "no tokens were given" in str(error):
                raise Wrong(headline, f"read so far: {model.shown() or 'nothing'}", str(error)) from None
            raise
        if isinstance(got, (list, tuple)) and len(got) != n_new:
            raise Wrong(
                "the result must be as many new tokens as asked for, without the prompt",
                f"expected {n_new} of them, yours {len(got)}: {got}",
                f"your calls of forward read {model.shown() or 'nothing'}",
            )
        held = model.texts.get(id(cache), [])[: cache.position]
        if len(held) != cache.position or held != [*earlier, *prompt, *want[:-1]]:
            raise Wrong(
                why or "afterwards the cache must hold the prompt and every new token but the last",
                f"it should hold {' '.join(map(str, [*earlier, *prompt, *want[:-1]]))}",
                f"it holds       {' '.join(map(str, held)) or 'nothing'}",
                f"your calls of forward read {model.shown()}",
            )
        expect(got, want, "new tokens", why="the cache is right, the tokens are not")
        expect(ids, list(prompt), "prompt_ids", why="the caller's list must stay as it is")
        whole = KVCache.for_model(model.config, cache.position)
        Transformer.forward_batch(model, [(held, whole)])
        for layer in range(cache.n_layers):
            # the same sums in another order: some 1e-6 for numbers of about 1
            expect(cache.get(layer)[0], whole.get(layer)[0], f"keys of layer {layer}", atol=1e-4)


def test_correct(answer, rng):
    model = tiny(0)
    compare(answer, model, [3], 1, why="after one new token the cache must hold the prompt and nothing else")
    compare(answer, model, [3, 7], 1, why="after one new token the cache must hold the prompt and nothing else")
    compare(answer, model, [3], 3)
    compare(answer, model, [3, 7, 7], 4)
    compare(answer, model, [3, 7], 2, EARLIER, why="what the cache held before is a part of the text")
    for seed, heads in ((1, (4, 1)), (2, (2, 2))):
        model = tiny(seed, *heads)
        for _ in range(3):
            n_prompt, n_new, n_earlier = (int(n) for n in rng.integers((1, 1, 0), (9, 7, 6)))
            prompt, earlier = (rng.integers(0, 29, n).tolist() for n in (n_prompt, n_earlier))
            compare(answer, model, prompt, n_new, earlier, spare=0)


def test_efficient(answer, rng):
    model = tiny(0)
    prompt = rng.integers(0, 29, 6).tolist()
    with given("a prompt of 6 tokens, 4 new"):
        answer.generate(model, prompt, 4, start(model, [], 9))
        read = sum(len(ids) for ids, _ in model.passes)
        expect(read, 6 + 3, "tokens read", why="right, but a token is read more than once")
        most = max(rows for _, rows in model.passes)
        expect(most, 1, "rows of logits in a pass", why="only the last token's logits are needed: last_only=True")


def probes(answer):
    for prompt, n_new, earlier in (([3, 7], 1, []), ([3, 7, 7], 4, []), ([3], 2, []), ([3, 7], 2, EARLIER)):
        yield lambda case=(prompt, n_new, earlier): _probe(answer, *case)


def _probe(answer, prompt, n_new, earlier):
    model = tiny(0)
    cache = start(model, earlier, len(prompt) + n_new + 4)
    got = answer.generate(model, list(prompt), n_new, cache)
    return [got, cache.position, np.concatenate([ids for ids, _ in model.passes])]
