"""Tests of 4.5: each request's tokens as if it were alone, and the rounds that the places allow."""

from dataclasses import replace

from kvgrade import Wrong, expect, given, refuses
from kvlab import KVCache, ModelConfig, Transformer, random_weights

EARLIER = [11, 4, 17, 8, 20]  # what somebody asked before


class Watched(Transformer):
    """A model that notes what each pass reads: for every sequence the ids, the cache, and how much that held."""

    def __init__(self, config, weights):
        super().__init__(config, weights)
        self.passes, self.rows = [], 0

    def forward_batch(self, sequences, *, last_only=False):
        noted = [([int(t) for t in ids], cache, getattr(cache, "position", 0)) for ids, cache in sequences]
        logits = super().forward_batch(sequences, last_only=last_only)
        self.passes.append(noted)
        self.rows = max(self.rows, *map(len, logits))
        return logits

    def shown(self):
        passes = [" + ".join(" ".join(map(str, ids)) for ids, _, _ in noted) for noted in self.passes]
        return " | ".join(passes[:6]) + (" | …" if len(passes) > 6 else "")


def tiny(seed, n_heads=4, n_kv_heads=2):
    """A model small enough to run hundreds of times; its attention is loud, so that the whole text matters."""
    config = ModelConfig(
        n_layers=2, embed_dim=16, n_heads=n_heads, n_kv_heads=n_kv_heads, head_dim=6, mlp_dim=20, vocab_size=29
    )
    weights = random_weights(config, seed)
    loud = tuple(replace(layer, output=3 * layer.output) for layer in weights.layers)
    return Watched(config, replace(weights, layers=loud))


def alone(model, prompt, n_new, stop_ids=()):
    """The definition: one request by itself, everything read again for each token."""
    new = []
    while len(new) < n_new and not (new and new[-1] in stop_ids):
        new.append(int(Transformer.forward_batch(model, [([*prompt, *new], None)])[0][-1].argmax()))
    return new


def rounds_needed(lengths, n_places):
    """Go through the rounds: how many it takes if no place stays empty while a request waits."""
    waiting, left, rounds = list(lengths), [], 0
    while waiting or left:
        while waiting and len(left) < n_places:
            left.append(waiting.pop(0))
        left = [n - 1 for n in left if n > 1]
        rounds += 1
    return rounds


def places(model, n, room, used=()):
    """Caches, some of which have read what somebody asked before; the model forgets that it did."""
    room = max(room, len(EARLIER)) if used else room
    caches = [KVCache.for_model(model.config, room) for _ in range(n)]
    for i in used:
        model.forward(EARLIER, caches[i])
    model.passes, model.rows = [], 0
    return caches


def case(prompts, counts, n_places, stop_ids=()):
    asked = ", ".join(f"{' '.join(map(str, p))} ({n})" for p, n in zip(prompts, counts, strict=True))
    asked = asked if len(asked) < 90 else f"{len(prompts)} of {sorted({len(p) for p in prompts})} tokens"
    stops = f"; stop ids {' '.join(map(str, stop_ids))}" if stop_ids else ""
    return f"places: {n_places}; prompts (and new tokens): {asked or 'none'}{stops}"


def compare(answer, model, prompts, counts, n_places, why="", stop_ids=(), used=(), spare=9):
    with given(case(prompts, counts, n_places, stop_ids)):
        want = [alone(model, p, n, stop_ids) for p, n in zip(prompts, counts, strict=True)]
        room = max((len(p) + n - 1 for p, n in zip(prompts, counts, strict=True)), default=1)
        caches = places(model, n_places, room + spare, used)
        lists = [[list(p) for p in prompts], list(counts), list(caches)]
        try:
            got = answer.serve(model, *lists, stop_ids)
        except ValueError as error:
            if "the cache is full" not in str(error):
                raise
            raise Wrong(
                why or "a cache gets more tokens than any request has", *told(model, caches), str(error)
            ) from None
        foreign = [noted for noted in model.passes if any(c not in caches for _, c, _ in noted)]
        if foreign:
            raise Wrong("a pass uses a cache that was not given", f"passes read {model.shown()}")
        if got != want:
            right = isinstance(got, list) and len(got) == len(want)
            at = next((i for i in range(len(want)) if got[i] != want[i]), 0) if right else 0
            says = f"request {at}: expected {want[at]}, yours {got[at]}" if right else f"expected {want}, yours {got}"
            headline = why or "each request must get the tokens that it gets alone"
            if right and any(one != want[0] for one in want) and all(one == got[0] for one in got):
                headline = "all requests get the same tokens: do they write into one list, as [[]] * n makes it?"
            raise Wrong(headline, says, *told(model, caches))
        check_order(model, prompts, caches)
        assert lists[0] == prompts and lists[1] == counts, "the caller's prompts and counts must stay as they are"
        same = len(lists[2]) == n_places and all(a is b for a, b in zip(lists[2], caches, strict=True))
        assert same, "the caller's list of caches must stay as it is"


def check_order(model, prompts, caches):
    """Whoever enters in a pass is next in line; within the pass any place will do."""
    waiting = list(prompts)
    for noted in model.passes:
        entering = [ids for ids, _, position in noted if not position]
        if sorted(entering) != sorted(waiting[: len(entering)]):
            raise Wrong("requests take places in the order of the prompts", *told(model, caches))
        del waiting[: len(entering)]


def told(model, caches):
    """The passes, and the first prompt that was read into a cache with something in it."""
    lines = [f"passes read {model.shown() or 'nothing'}"]
    for i, noted in enumerate(model.passes):
        for ids, cache, position in noted:
            place = next((k for k, c in enumerate(caches) if c is cache), None)
            seen = any(c is cache for earlier in model.passes[:i] for _, c, _ in earlier)
            if position and (len(ids) > 1 or not seen):
                held = f"{position} token{'s' * (position > 1)}"
                lines.append(f"when {' '.join(map(str, ids))} was read, the cache of place {place} held {held}")
                return lines
    return lines


def test_correct(answer, rng):
    model = tiny(0)
    compare(answer, model, [[3, 7]], [1], 1)
    counted = "each request writes as many tokens as it asked for, however many the others write"
    compare(answer, model, [[3, 7], [4]], [1, 2], 2, counted)
    compare(answer, model, [[3, 7], [4]], [2, 2], 2)
    compare(answer, model, [[3, 7], [4], [9, 9, 2]], [1, 3, 2], 3, "when one ends, the others keep their tokens")
    compare(answer, model, [[5], [3, 7], [4]], [3, 1, 2], 3, "results come in the order of the prompts")
    compare(
        answer, model, [[3, 7], [4, 4]], [2, 2], 1, "a request must not see what the one before it left in the cache"
    )
    earlier = "a cache may hold an earlier text when serve is called: no request may see it"
    compare(answer, model, [[3, 7], [4]], [2, 2], 2, earlier, used=[1])
    free = "where more places become free than requests wait, the others stay empty"
    compare(answer, model, [[3, 7], [4], [9]], [2, 2, 3], 2, free)
    at_once = "a request for one token ends in the round in which it enters"
    compare(answer, model, [[3], [4, 1], [9], [7, 7], [2]], [1] * 5, 2, at_once)
    stop = alone(model, [3, 7], 2)[1]
    compare(answer, model, [[3, 7], [4]], [5, 5], 2, "a stop id ends its own request, and belongs to it", [28, stop])
    compare(answer, model, [[stop, stop], [4]], [2, 2], 2, "a stop id in a prompt ends nothing", [stop])
    ended = "who has ended leaves: its cache has no room for more"
    compare(answer, model, [[3, 7], [4]], [1, 4], 2, ended, spare=0)
    compare(answer, model, [[3, 7]], [2], 3, "places for which there is no request stay empty")
    compare(answer, model, [], [], 2, "without requests the result is an empty list")
    for seed, heads in ((1, (4, 1)), (2, (2, 2))):
        model = tiny(seed, *heads)
        for _ in range(2):
            n, n_places = (int(x) for x in rng.integers((2, 1), (7, 4)))
            prompts = [rng.integers(0, 29, rng.integers(1, 6)).tolist() for _ in range(n)]
            counts = rng.integers(1, 6, n).tolist()
            stops = rng.integers(0, 29, 2).tolist()
            compare(answer, model, prompts, counts, n_places, stop_ids=stops, used=[0], spare=0)
    model = tiny(0)
    caches = places(model, 1, 9, used=[0])
    refuses(lambda: answer.serve(model, [[3]], [1], []), "a call without caches")
    refuses(lambda: answer.serve(model, [], [], []), "a call without caches, even without prompts,")
    refuses(lambda: answer.serve(model, [[3], [4]], [1], caches), "two prompts and one max_new_tokens")
    assert caches[0].position == len(EARLIER), "after a refused call no cache has changed"


def test_efficient(answer, rng):
    model = tiny(0)
    prompts = [[3, 7], [4], [9, 9, 2], [5, 1], [6]]
    for counts, n_places in (([2, 2], 2), ([1, 3, 2], 2), ([4, 1, 1, 2, 1], 2), ([3, 3, 1, 2, 2], 3)):
        asked = prompts[: len(counts)]
        with given(case(asked, counts, n_places)):
            answer.serve(model, asked, counts, places(model, n_places, 9))
            read = sum(len(ids) for noted in model.passes for ids, _, _ in noted)
            want = rounds_needed(counts, n_places)
            if len(model.passes) != want:
                headline = "right, but it takes more passes of the model than the places need"
                raise Wrong(headline, f"expected {want}, yours {len(model.passes)}", f"they read {model.shown()}")
            least = sum(map(len, asked)) + sum(counts) - len(counts)
            expect(read, least, "tokens read", why="right, but tokens are read that nobody needs")
            expect(model.rows, 1, "rows of logits for a sequence", why="use last_only=True")


def probes(answer):
    prompts = [[3, 7], [4], [9, 9, 2], [5, 1], [6]]
    yield lambda: _probe(answer, prompts[:2], [2, 2], 1)
    yield lambda: _probe(answer, prompts[:3], [1, 3, 2], 3)
    yield lambda: _probe(answer, prompts[:3], [1, 3, 2], 2)
    yield lambda: _probe(answer, prompts, [4, 1, 1, 2, 1], 2)
    yield lambda: _probe(answer, prompts[:2], [5, 5], 2, alone(tiny(0), [3, 7], 2)[1:])


def _probe(answer, prompts, counts, n_places, stop_ids=()):
    model = tiny(0)
    caches = places(model, n_places, 30)
    got = answer.serve(model, prompts, counts, caches, stop_ids)
    return [got, [sum(len(ids) for ids, _, _ in noted) for noted in model.passes]]
