"""Tests of 1.3: the counts, against a comparison with every earlier text; calls untouched; memory."""

from numbers import Integral

import numpy as np

from kvgrade import Wrong, expect, given, peak_bytes, refuses
from kvlab import ModelConfig, Transformer, generate_recompute

BYTES_A_POSITION = 400  # a dict entry with its key and number takes about 100, an object with a dict of its own 330


STORED = "two texts must not become the same when they are stored"
CASES = [
    ([[4, 4, 4]], "the same token in another place is another row"),
    ([[0, 0]], "0 and 0 0 are two beginnings, and must not become the same"),
    ([[7, 8], [7, 8]], "the same text again is all repeated"),
    ([[7], [7, 8], [7, 8, 9]], "a longer text repeats the shorter one that it begins with"),
    ([[1, 2], [2, 1]], "the same tokens in another order are another text"),
    ([[7, 8, 9], [7, 8]], "a text that is the beginning of an earlier one is all repeated"),
    ([[5, 8, 13], [5, 8, 21]], "what two texts have in common is repeated, though both go on differently"),
    ([[1, 2, 3], [9, 2, 3]], "after a changed token every position is new: its rows depend on all before it"),
    ([[1, 2, 3], [2, 3]], "the same words in another place are new"),
    ([[1, 2], [3, 4], [1, 2, 5]], "every earlier pass counts, not only the last one"),
    ([[1, 2, 3, 4], [1, 9], [1, 9, 3, 4]], "a position is repeated only if one and the same text had all before it"),
    ([[1, 23], [12, 3]], f"{STORED}: 1 23 is not 12 3"),
    ([[65, 300], [321, 300], [65, 44]], f"{STORED}: ids may be large"),
    ([[4464], [70_000], [135_536]], f"{STORED}: ids may be large"),
]


class Model:
    """Notes what it is asked, returns something new each time, and refuses empty texts and negative ids."""

    def __init__(self):
        self.asked = []
        self.returned = None

    def forward(self, token_ids, **options):
        if len(token_ids) == 0 or min(token_ids) < 0:
            raise ValueError("no such tokens")
        self.asked.append(([int(token) for token in token_ids], options))
        self.returned = np.zeros((len(token_ids), 2), np.float32)
        return self.returned


class Silent:
    """A model that does nothing, for measuring the meter alone."""

    def forward(self, token_ids, **options):
        return None


def oracle(texts):
    """New and repeated positions: each text against every one before it, token by token."""
    new = repeated = 0
    for i, text in enumerate(texts):
        longest = 0
        for earlier in texts[:i]:
            same = 0
            while same < min(len(text), len(earlier)) and text[same] == earlier[same]:
                same += 1
            longest = max(longest, same)
        repeated += longest
        new += len(text) - longest
    return new, repeated


def counted(answer, texts):
    meter = answer.WorkMeter(Model())
    for text in texts:
        before = list(text)
        meter.forward(text)
        assert list(text) == before, "forward changed the caller's list"
    return meter.new, meter.repeated


def compare(answer, texts, why):
    shown = ", ".join(" ".join(map(str, text)) for text in texts)
    with given(f"the texts {shown}" if len(shown) < 90 else f"{len(texts)} texts"):
        _expect(counted(answer, texts), oracle(texts), why)


def smallest(answer, texts):
    """Fewer of the texts, and less of each, as long as the answer fails on them."""

    def fails(texts):
        return counted(answer, texts) != oracle(texts)

    texts = [list(map(int, text)) for text in texts]
    if not fails(texts):
        return texts
    for i in reversed(range(len(texts))):
        if fails(less := texts[:i] + texts[i + 1 :]):
            texts = less
    for i in range(len(texts)):
        while len(texts[i]) > 1 and fails(less := [*texts[:i], texts[i][:-1], *texts[i + 1 :]]):
            texts = less
    return texts


def numbers_that_collide(answer):
    """A beginning folded into one number by h * base + token is two beginnings at once, whatever h begins with."""
    for base in (*range(2, 1100), 4096, 8191, 10_007, 32_000, 50_257, 65_536, 65_537, 1_000_003, 1_000_000_007):
        compare(answer, [[5, base + 3], [6, 3]], f"{STORED}: a number for a beginning must be its own")


def _expect(got, want, why):
    for name, count, right in zip(("new", "repeated"), got, want, strict=True):
        expect(count, right, name, why=why)
        assert isinstance(count, Integral), f"{name} must be an int, and yours is {count!r}"


def test_correct(answer, rng):
    with given("no text yet"):
        meter = answer.WorkMeter(Model())
        _expect((meter.new, meter.repeated), (0, 0), "both counts start at 0")
    compare(answer, [[7, 8, 9]], "the first pass over a text is all new")
    meters_are_independent(answer)
    for texts, why in CASES:
        compare(answer, texts, why)
    the_caller_changes_its_list(answer)
    calls_are_passed_on(answer)
    failed_passes_do_not_count(answer)
    generation(answer)
    counts = "a position is repeated if an earlier text, whichever, began with all tokens up to it"
    for _ in range(12):
        texts = [rng.integers(0, 3, rng.integers(1, 8)).tolist() for _ in range(int(rng.integers(2, 12)))]
        compare(answer, smallest(answer, texts), counts)
    for _ in range(3):
        texts = [rng.integers(0, 2, rng.integers(1, 20)) for _ in range(30)]
        compare(answer, smallest(answer, texts), counts)
        compare(answer, texts, counts)  # as arrays
    numbers_that_collide(answer)


def the_caller_changes_its_list(answer):
    with given("one list, passed in as 1, then as 1 2, then as 3 2"):
        meter, text = answer.WorkMeter(Model()), [1]
        meter.forward(text)
        text.append(2)
        meter.forward(text)
        text[0] = 3
        meter.forward(text)
        why = "the list belongs to the caller, who changes it: what you remember must not change with it"
        _expect((meter.new, meter.repeated), (4, 1), why)
    with given("the same text as list, array and tuple"):
        meter = answer.WorkMeter(Model())
        for text in ([5, 6], np.array([5, 6]), (5, 6)):
            meter.forward(text)
        _expect(
            (meter.new, meter.repeated), (2, 4), "a list, an array and a tuple of the same tokens are the same text"
        )


def calls_are_passed_on(answer):
    with given("forward([5, 6]), then forward([5, 6, 7], last_only=True)"):
        model = Model()
        meter = answer.WorkMeter(model)
        for text, options in (([5, 6], {}), ([5, 6, 7], {"last_only": True})):
            got = meter.forward(text, **options)
            expect(got, model.returned, "the result", why="forward must return what the model returned")
            assert got is model.returned, "forward must return the very array that the model returned, not a copy"
            why = "the model must get all tokens and all options, those given and no others"
            asked, passed = model.asked[-1]
            expect(asked, text, "the model's tokens", why=why)
            if passed != options:
                raise Wrong(why, f"options: expected {options}, the model got {passed}")
        expect(len(model.asked), 2, "passes of the model", why="one call is one pass of the model")


def failed_passes_do_not_count(answer):
    with given("5 6, then 5 6 7 -1, which the model refuses, then 5 6 7"):
        meter = answer.WorkMeter(Model())
        meter.forward([5, 6])
        refuses(lambda: meter.forward([5, 6, 7, -1]), "a text that the model refuses")
        _expect((meter.new, meter.repeated), (2, 0), "a pass that failed computed nothing: it must not be counted")
        meter.forward([5, 6, 7])
        _expect((meter.new, meter.repeated), (3, 2), "a pass that failed computed nothing: it must not be remembered")
    with given("an empty text, which the model refuses"):
        meter = answer.WorkMeter(Model())
        refuses(lambda: meter.forward([]), "a text that the model refuses")
        _expect((meter.new, meter.repeated), (0, 0), "a pass that failed computed nothing: it must not be counted")


def meters_are_independent(answer):
    with given("5 6 through one meter, then through another"):
        first, second = answer.WorkMeter(Model()), answer.WorkMeter(Model())
        first.forward([5, 6])
        second.forward([5, 6])
        _expect((second.new, second.repeated), (2, 0), "each meter remembers its own passes only")
        _expect((first.new, first.repeated), (2, 0), "each meter remembers its own passes only")


def generation(answer):
    """The chapter's loop on a real, tiny model: the tokens stay the same, and the counts are the chapter's."""
    config = ModelConfig(n_layers=2, embed_dim=16, n_heads=4, n_kv_heads=2, head_dim=6, mlp_dim=24, vocab_size=400)
    model = Transformer.random(config)
    with given("generate_recompute(meter, [300, 8, 13], 7) with a random model"):
        meter = answer.WorkMeter(model)
        tokens = list(generate_recompute(meter, [300, 8, 13], 7))
        expect(tokens, list(generate_recompute(model, [300, 8, 13], 7)), "tokens", why="generation must not change")
        total = sum(range(3, 10))
        _expect(
            (meter.new, meter.repeated), (9, total - 9), "passes over 3 to 9 tokens need 9 rows; the rest is repeated"
        )


def growing(n):
    """The passes of generation: 1, 2, ... n tokens."""
    return [range(1000, 1001 + i) for i in range(n)]


def branching(n):
    """One beginning of n tokens, and n ends of one token."""
    return [[*range(1000, 1000 + n), 5000 + i] for i in range(n)]


def peak(answer, texts):
    texts = [list(text) for text in texts]

    def run():
        meter = answer.WorkMeter(Silent())
        for text in texts:
            meter.forward(text)
        return meter

    return peak_bytes(run)


def test_efficient(answer, rng):
    # Copies of texts take 8 B a token. These cases are just long enough that copies stand out, and no longer, so that
    # an answer that compares each text with all earlier ones ends in time: it is slow, but that is not asked here.
    cases = [
        ("one text of 40 tokens, 100 times", [range(1000, 1040)] * 100, 40),
        ("one text of 1,000 tokens, in one pass", [range(1000, 2000)], 1000),
        ("texts of 1, 2, ... 160 tokens, each the beginning of the next", growing(160), 160),
        ("120 texts of 121 tokens that differ in the last one only", branching(120), 240),
    ]
    for case, texts, new in cases:
        with given(f"{case}: {new:,} new positions"):
            took, allowed = peak(answer, texts), new * BYTES_A_POSITION
            assert took <= allowed, (
                f"its memory grows with more than the new positions: {took:,} B, allowed {allowed:,} B"
            )


def probes(answer):
    yield lambda: counted(answer, [[1, 2, 3], [9, 2, 3], [1, 5, 3]])
    yield lambda: counted(answer, [[1, 2], [3, 4], [1, 2, 5], [3, 7]])
    yield lambda: counted(answer, [[1, 2, 3], [1, 2], [1, 2, 9]])
    yield lambda: counted(answer, [[65, 300], [321, 300], [1, 23], [12, 3]])
    yield lambda: counted(answer, [[(number >> bit) & 1 for bit in range(4)] for number in (3, 9, 12, 5, 10, 6, 3)])
    yield lambda: counted(answer, [[0, 0], [0, 0, 0]])
    yield lambda: counted(answer, [[1, 32], [2, 1]])
    yield lambda: _with_one_list(answer)
    yield lambda: _after_a_failure(answer)
    yield lambda: peak(answer, [range(1000, 1300)]) > 300 * BYTES_A_POSITION
    yield lambda: peak(answer, [range(1000, 1040)] * 100) > 40 * BYTES_A_POSITION
    yield lambda: peak(answer, growing(160)) > 160 * BYTES_A_POSITION


def _with_one_list(answer):
    meter, text = answer.WorkMeter(Model()), []
    for token in (1, 2, 3):
        text.append(token)
        meter.forward(text)
    return meter.new, meter.repeated


def _after_a_failure(answer):
    meter = answer.WorkMeter(Model())
    try:
        meter.forward([5, -1])
    except ValueError:
        meter.forward([5, 6])
    return meter.new, meter.repeated
