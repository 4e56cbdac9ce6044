"""Tests of 4.4: tokens and cache, against reading everything again; and what each pass read."""

from collections.abc import Iterator
from dataclasses import replace

from kvgrade import Wrong, expect, given, refuses
from kvlab import KVCache, ModelConfig, Transformer, random_weights

TALK = [11, 4, 17, 8, 8, 20, 3, 7, 1]


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

    def held(self, cache):
        return self.texts.get(id(cache), [])[: cache.position]

    def shown(self):
        return " | ".join(words(ids) for ids, _ in self.passes) or "nothing"


def words(ids):
    return " ".join(map(str, ids)) or "nothing"


def tiny(seed, n_heads=4, n_kv_heads=2):
    """A model small enough to run hundreds of times; its attention is loud, so that the whole text matters."""
    config = ModelConfig(
        n_layers=2, embed_dim=16, n_heads=n_heads, n_kv_heads=n_kv_heads, head_dim=6, mlp_dim=20, vocab_size=29
    )
    weights = random_weights(config, seed)
    loud = tuple(replace(layer, output=3 * layer.output) for layer in weights.layers)
    return Watched(config, replace(weights, layers=loud))


def start(model, talk, n_held, room):
    """A cache that holds the beginning of a conversation; the model forgets that it read it."""
    cache = KVCache.for_model(model.config, room)
    if n_held:
        model.forward(talk[:n_held], cache)
    model.passes = []
    return cache


def by_recomputing(model, text, n_new, stop_ids=()):
    """The definition: for each token, read everything again."""
    new = []
    while len(new) < n_new and not (new and new[-1] in stop_ids):
        new.append(int(Transformer.forward_batch(model, [([*text, *new], None)])[0][-1].argmax()))
    return new


def case(talk, n_held, n_new, budget, stop_ids=()):
    stops = f", stop ids {words(stop_ids)}" if stop_ids else ""
    return f"conversation {words(talk)}, the cache holds {n_held} of it, {n_new} new, budget {budget}{stops}"


def right_passes(talk, n_held, new, budget):
    """What the passes read that the contract asks for: the rest of the conversation, then each new token."""
    rest = talk[min(n_held, len(talk) - 1) :]
    prompt = [rest[i : i + budget] for i in range(0, len(rest), budget)]
    return " | ".join(words(ids) for ids in [*prompt, *([token] for token in new)])


def check_held(model, cache, want, after, why, passes=""):
    held = model.held(cache)
    if len(held) != cache.position or held != want:
        raise Wrong(
            why or "the cache must hold the conversation and the new tokens but the last",
            f"{after} it should hold {words(want)}",
            f"it holds {words(held)}",
            f"your passes read {model.shown()}",
            *([f"expected         {passes}"] if passes and passes != model.shown() else []),
        )


def compare(answer, model, talk, n_held, n_new, budget, why="", stop_ids=(), spare=3):
    """A whole reply; then the next turn with the same cache."""
    with given(case(talk, n_held, n_new, budget, stop_ids)):
        want = by_recomputing(model, talk, n_new, stop_ids)
        cache = start(model, talk, n_held, len(talk) + n_new - 1 + spare)
        given_talk = list(talk)
        tokens = answer.generate(model, given_talk, n_new, cache=cache, budget=budget, stop_ids=stop_ids)
        if not isinstance(tokens, Iterator):
            raise Wrong(f"generate must return an iterator, not a {type(tokens).__name__}")
        got = []
        try:
            for token in tokens:
                got.append(token)
                if len(got) > len(want):
                    raise Wrong("the reply is too long", f"expected {want}, yours goes on after {got[:-1]}")
                read = want[: len(got) - 1]
                passes = right_passes(talk, n_held, read, budget)
                check_held(model, cache, [*talk, *read], f"after new token {len(got)}", why, passes)
        except ValueError as error:
            told = {"the cache is full": "more tokens are read than needed", "no tokens were": "a pass reads nothing"}
            for text, headline in told.items():
                if text in str(error):
                    raise Wrong(why or headline, str(error), f"your passes read {model.shown()}") from None
            raise
        expect([int(token) for token in got], want, "new tokens", why=why)
        check_held(model, cache, [*talk, *want[:-1]], "after the reply", why)
        most = max(len(ids) for ids, _ in model.passes)
        if most > budget:
            raise Wrong(f"a pass reads {most} tokens, the budget is {budget}", f"your passes read {model.shown()}")
        expect(given_talk, list(talk), "conversation", why="the caller's list must stay as it is")
        rows_match(model, cache)


def rows_match(model, cache):
    """The stored keys are those of the text, read in one go."""
    whole = KVCache.for_model(model.config, max(cache.position, 1))
    Transformer.forward_batch(model, [(model.held(cache), whole)])
    for layer in range(cache.n_layers):
        # the same sums in another order: some 1e-6 for numbers of about 1
        expect(cache.get(layer)[0], whole.get(layer)[0], f"keys of layer {layer}", atol=1e-4)


def two_turns(answer, model):
    """The reply and a question are added to the conversation; the cache goes on."""
    with given(f"two turns with one cache: conversation {words(TALK)}, 3 new; then the question 5 6, 2 new; budget 2"):
        cache = start(model, TALK, 0, 20)
        first = list(answer.generate(model, TALK, 3, cache=cache, budget=2))
        talk = [*TALK, *first, 5, 6]
        second = list(answer.generate(model, talk, 2, cache=cache, budget=2))
        want = by_recomputing(model, talk, 2)
        check_held(
            model, cache, [*talk, *want[:-1]], "after the second turn", "a token is lost or doubled between turns"
        )
        expect(second, want, "new tokens of the second turn", why="the second turn must see the whole conversation")


def left_early(answer, model):
    """A reader who goes away after two tokens."""
    with given(f"conversation {words(TALK[:4])}, budget 4, 9 new; the reader goes away after 2 of them"):
        cache = start(model, TALK, 0, 20)
        tokens = answer.generate(model, TALK[:4], 9, cache=cache, budget=4)
        got = [next(tokens), next(tokens)]
        getattr(tokens, "close", bool)()  # a generator has it, other iterators need not
        early = "each token is handed out as soon as it is known, and nothing is read ahead"
        check_held(model, cache, [*TALK[:4], got[0]], "then", early)


def refusals(answer, model):
    def tried(says, talk=TALK, n_new=2, budget=2, n_held=2):
        cache = start(model, TALK, n_held, 20)
        before, position = cache.get(0)[0].copy(), cache.position
        got = None

        def call():
            nonlocal got
            got = answer.generate(model, talk, n_new, cache=cache, budget=budget)

        try:
            refuses(call, f"{says.rstrip(',')}, at the call,")
        except Wrong as wrong:
            if not isinstance(got, Iterator):
                raise
            ran = "yours returned an iterator and raised nothing: what of your code runs at the call?"
            raise Wrong(wrong.headline, ran) from None
        with given(f"{says}; conversation {words(talk)}, the cache held {n_held} of it"):
            why = "after a refused call the cache is as it was: check everything before you change it"
            expect(cache.position, position, "the cache's position", why=why)
            expect(cache.get(0)[0], before, "the cache's keys", why=why)

    tried("an empty conversation", talk=[], n_held=0)
    tried("a conversation shorter than what the cache holds", talk=TALK[:2], n_held=3)
    tried("a budget of 0", budget=0)
    tried("max_new_tokens 0", n_new=0)
    tried("a budget of -1, which is below 1,", budget=-1)
    tried("max_new_tokens -1, which is below 1,", n_new=-1)
    tried("a budget of 0", budget=0, n_held=len(TALK))
    tried("max_new_tokens 0", n_new=0, n_held=len(TALK))


def test_correct(answer, rng):
    model = tiny(0)
    compare(answer, model, [3], 0, 1, 1)
    compare(answer, model, [3, 7], 0, 2, 4, "a prompt is read once, then each new token but the last")
    compare(
        answer,
        model,
        TALK[:4],
        0,
        1,
        2,
        "a prompt that the budget divides evenly is read to its end, and nothing after it",
    )
    compare(
        answer, model, TALK[:5], 0, 2, 2, "the last pass over a prompt reads what is left, and the reply follows it"
    )
    compare(answer, model, TALK[:5], 3, 2, 4, "what the cache holds is not read again")
    compare(answer, model, TALK[:4], 3, 2, 1, "with a budget of 1, each pass reads one token")
    compare(answer, model, [3, 7], 2, 1, 4, "a cache that holds everything has no logits: its last token is read again")
    compare(answer, model, [3], 1, 2, 4, "a cache that holds everything has no logits: its last token is read again")
    for stop in by_recomputing(model, TALK, 4)[1:3]:
        compare(answer, model, TALK, 4, 6, 3, "the stop token ends the reply, and is a part of it", stop_ids=[28, stop])
    compare(answer, model, TALK, 4, 3, 3, "a stop id in the conversation stops nothing", stop_ids=[TALK[-1], TALK[2]])
    compare(answer, model, TALK, 0, 3, 4, "room for all tokens but the last is enough", spare=0)
    left_early(answer, model)
    two_turns(answer, model)
    refusals(answer, model)
    for seed, heads in ((1, (4, 1)), (2, (2, 2))):
        model = tiny(seed, *heads)
        for _ in range(3):
            n, n_new, budget = (int(x) for x in rng.integers((1, 1, 1), (14, 6, 7)))
            talk = rng.integers(0, 29, n).tolist()
            compare(answer, model, talk, int(rng.integers(0, n + 1)), n_new, budget, spare=0)


def test_efficient(answer, rng):
    model = tiny(0)
    for n_held, budget in ((0, 4), (3, 4), (5, 2), (9, 4)):
        with given(case(TALK, n_held, 3, budget)):
            list(answer.generate(model, TALK, 3, cache=start(model, TALK, n_held, 20), budget=budget))
            lacks = max(len(TALK) - n_held, 1)
            sizes = [len(ids) for ids, _ in model.passes]
            want = [budget] * (lacks // budget) + [lacks % budget] * (lacks % budget > 0) + [1, 1]
            if sum(sizes) > sum(want):
                passes = right_passes(TALK, n_held, by_recomputing(model, TALK, 2), budget)
                raise Wrong(
                    "right, but tokens are read more than once",
                    f"your passes read {model.shown()}",
                    f"expected         {passes}",
                )
            expect(len(sizes), len(want), "passes", why="right, but in more passes than the budget asks for")
            expect(max(rows for _, rows in model.passes), 1, "rows of logits in a pass", why="use last_only=True")


def probes(answer):
    for talk, n_held, n_new, budget in ((TALK[:5], 0, 3, 2), (TALK[:5], 3, 2, 4), ([3, 7], 2, 2, 4), (TALK, 9, 2, 2)):
        yield lambda given=(talk, n_held, n_new, budget): _probe(answer, *given)
    yield lambda: _probe(answer, TALK, 4, 5, 3, by_recomputing(tiny(0), TALK, 2)[1:])
    yield lambda: _left(answer)
    yield lambda: _refused(answer)


def _probe(answer, talk, n_held, n_new, budget, stop_ids=()):
    model = tiny(0)
    cache = start(model, talk, n_held, len(talk) + n_new + 2)
    got = list(answer.generate(model, list(talk), n_new, cache=cache, budget=budget, stop_ids=stop_ids))
    sizes = [len(ids) for ids, _ in model.passes]
    return [[int(token) for token in got], cache.position, sizes, [ids[0] for ids, _ in model.passes]]


def _left(answer):
    model = tiny(0)
    cache = start(model, TALK, 0, 30)
    next(iter(answer.generate(model, TALK, 5, cache=cache, budget=4)))
    return cache.position


def _refused(answer):
    """When max_new_tokens 0 is refused: at the call it raises."""
    model = tiny(0)
    tokens = answer.generate(model, [3, 7], 0, cache=start(model, TALK, 0, 30), budget=4)
    try:
        next(tokens, None)
    except ValueError:
        return "at the first token"
    return "never"
