"""Tests of 6.5: against trying every batch and every length, one after the other."""

from numbers import Integral

from kvgrade import Wrong, expect, given

LONG = "a long text is searched to its end: neither the steps nor the blocks have a limit of their own"
ALLOWED = 100  # calls of sequence_bytes; halving a million takes 20


def plain(n):
    """Full attention."""
    return 10 * n


def hybrid(n):
    """Full layers, layers with a window of 40, and states."""
    return 150 + 3 * n + 7 * min(n, 40)


def windows(n):
    """Nothing but windows of 32."""
    return 9 * min(n, 32)


def states(n):
    """Nothing but states."""
    return 200


def halves(n):
    """Full attention, in bytes that are not whole."""
    return 2.5 * n


KINDS = {
    "10 bytes a token": plain,
    "150 bytes of states, 3 a token, 7 more for each of the newest 40": hybrid,
    "9 bytes for each of the newest 32 tokens": windows,
    "200 bytes at any length": states,
    "2.5 bytes a token": halves,
}


def with_room(room, share=0.5):
    """A device that leaves this room: memory, weights, activations, share."""
    weights, activations = 300, 44
    return (room + weights + activations) / share, weights, activations, share


def slots(n_tokens, block):
    """Whole blocks, begun one by one."""
    taken = 0
    while taken < n_tokens:
        taken += block
    return taken


def device(memory, weights, activations, share):
    room = share * memory - weights - activations
    return f"{share:g} of {memory:g} B, less {weights} and {activations}, leaves {room:g} B"


def best_batch(kind, n_tokens, memory, weights, activations, share, block):
    batch = 0
    while (batch + 1) * kind(slots(n_tokens, block)) <= share * memory - weights - activations:
        batch += 1
    return batch


def best_length(kind, batch, max_tokens, memory, weights, activations, share, block):
    room = share * memory - weights - activations
    fits = [n for n in range(1, max_tokens + 1) if batch * kind(slots(n, block)) <= room]
    return max(fits, default=0)


def name_of(kind):
    return next(name for name, one in KINDS.items() if one is kind)


def check_batch(answer, kind, n_tokens, where, block=16, why=""):
    with given(f"{name_of(kind)}; {device(*where)}; sequences of {n_tokens}, blocks of {block}"):
        got = answer.largest_batch(kind, n_tokens, *where, block)
        expect(got, best_batch(kind, n_tokens, *where, block), "largest_batch", why=why)
        assert isinstance(got, Integral), f"sequences are counted: largest_batch must be an int, and yours is {got!r}"


def check_length(answer, kind, batch, max_tokens, where, block=16, why=""):
    with given(f"{name_of(kind)}; {device(*where)}; batch of {batch}, at most {max_tokens} tokens, blocks of {block}"):
        got = answer.longest_context(kind, batch, max_tokens, *where, block)
        expect(got, best_length(kind, batch, max_tokens, *where, block), "longest_context", why=why)
        assert isinstance(got, Integral), f"tokens are counted: longest_context must be an int, and yours is {got!r}"


def test_correct(answer, rng):
    check_batch(
        answer,
        plain,
        3,
        (1000, 100, 40, 0.5),
        1,
        "the share is of the whole memory, and weights and activations come out of it",
    )
    check_batch(answer, plain, 1, with_room(35), 1, "what does not fit whole does not fit")
    check_batch(answer, plain, 3, with_room(90), 1, "the last sequence fits exactly")
    check_batch(answer, plain, 3, with_room(89), 1, "the last sequence is one byte too large")
    check_batch(answer, plain, 5, with_room(360), 16, "a sequence takes whole blocks")
    check_batch(answer, plain, 16, with_room(330), 16, "a block that is just full is one block")
    check_batch(answer, plain, 17, with_room(640), 16, "one token beyond a block takes another block")
    check_batch(answer, plain, 5, with_room(100), 16, "not one sequence fits: the answer is 0")
    check_batch(answer, plain, 5, with_room(0), 16, "no room is left: the answer is 0")
    check_batch(answer, plain, 5, with_room(-200), 16, "the weights do not fit: the answer is 0, not less")
    check_batch(answer, hybrid, 100, with_room(2000), 16, "ask for the length itself: windows stop growing")
    check_batch(answer, hybrid, 1, with_room(800), 16, "each sequence has states of its own")
    check_batch(answer, states, 9, with_room(1001), 16, "states take the same at any length")
    check_batch(answer, halves, 1, with_room(7.5), 1, "bytes need not be whole: three sequences of 2.5 take 7.5")
    check_batch(answer, halves, 1, with_room(7), 1, "bytes need not be whole: three sequences of 2.5 take more than 7")

    check_length(answer, plain, 1, 99, with_room(35), 1, "a token fits whole or not at all")
    check_length(answer, plain, 1, 99, with_room(30), 1, "the last token fits exactly")
    check_length(answer, plain, 1, 99, with_room(330), 16, "tokens come in whole blocks")
    check_length(answer, plain, 1, 99, with_room(320), 16, "the last block fits exactly")
    check_length(answer, plain, 1, 99, with_room(319), 16, "the last block is one byte too large")
    check_length(answer, plain, 2, 99, with_room(330), 16, "all sequences of the batch must fit")
    check_length(answer, plain, 1, 9, with_room(9), 1, "not one token fits: the answer is 0")
    check_length(answer, halves, 3, 9, with_room(7.5), 1, "bytes need not be whole: three sequences of 2.5 take 7.5")
    check_length(answer, halves, 1, 9, with_room(2), 1, "bytes need not be whole: a token of 2.5 does not fit into 2")
    check_length(answer, plain, 1, 7, with_room(5000), 16, "the model's own limit is not a whole number of blocks")
    check_length(answer, plain, 1, 20, with_room(320), 16, "the limit lies in the last block, and that block fits")
    check_length(answer, plain, 1, 20, with_room(310), 16, "the limit lies in a block that does not fit")
    check_length(answer, plain, 1, 32, with_room(5000), 16, "the limit is the end of a block")
    check_length(answer, plain, 1, 99, with_room(159), 16, "not one block fits: the answer is 0")
    check_length(answer, plain, 1, 99, with_room(-50), 16, "the weights do not fit: the answer is 0, not less")
    check_length(answer, hybrid, 1, 999, with_room(100), 16, "the states alone do not fit: the answer is 0")
    check_length(answer, hybrid, 2, 999, with_room(3000), 16, "beyond its window a layer takes no more")
    check_length(
        answer, windows, 3, 500, with_room(900), 16, "windows never grow beyond their length: only the limit counts"
    )
    check_length(answer, states, 3, 500, with_room(600), 16, "states never grow: only the limit counts")
    check_length(answer, plain, 1, 999, (1024, 100, 40, 0.25), 4, "the share is taken of the whole memory")
    with given("share and block left out: 0.9 and 16"):
        expect(answer.largest_batch(plain, 16, 1000, 100, 0), 5, "largest_batch", why="the defaults differ")
        expect(answer.longest_context(plain, 1, 999, 1000, 100, 40), 64, "longest_context", why="the defaults differ")
    for most, room, want in ((10**6, 2**24, 10**6), (10**6, 9_000_000, 900_000)):
        with given(f"10 bytes a token; {room:,} B of room; batch of 1, at most {most:,} tokens, blocks of 16"):
            got = answer.longest_context(plain, 1, most, 2 * room, 0, 0, 0.5, 16)
            expect(got, want, "longest_context", why=LONG)
    # shares are halves and quarters and bytes are whole or halves, so that no rounding can move an edge
    for _ in range(25):
        kind = list(KINDS.values())[int(rng.integers(len(KINDS)))]
        n_tokens, block, batch = (int(x) for x in rng.integers(1, (200, 40, 8)))
        where = with_room(int(rng.integers(-100, 6000)), [0.25, 0.5, 0.75][int(rng.integers(3))])
        where = (round(where[0]), *where[1:])
        check_batch(answer, kind, n_tokens, where, block)
        check_length(answer, kind, batch, n_tokens, where, block)


def calls_of(call, instead="halve the range of lengths instead"):
    """How often `call(sequence_bytes)` asks; one that asks far too often is stopped."""
    calls = 0

    def counted(n):
        nonlocal calls
        calls += 1
        if calls > ALLOWED:
            raise Wrong(f"sequence_bytes was asked more than {ALLOWED} times", instead)
        return 1000 + 3 * n + 40 * min(n, 4096)

    call(counted)
    return calls


def test_efficient(answer, rng):
    room = (80_000_000, 16_000_000, 1_000_000, 0.75)
    with given("at most 1,000,000 tokens in blocks of 16"):
        calls_of(lambda size: answer.longest_context(size, 4, 1_000_000, *room, 16))
        calls_of(lambda size: answer.longest_context(size, 1, 1_000_000, 2**60, 0, 0, 0.5, 16))
        calls_of(lambda size: answer.longest_context(size, 1, 1_000_000, 2, 0, 0, 0.5, 16))
    for batch, most, where, want in ((4, 10**7, room, 3_528_384), (1, 2**40, (2**60, 0, 0, 0.5), 2**40)):
        with given(f"batch of {batch}, at most {most:,} tokens in blocks of 16; {device(*where)}"):
            lengths = []
            calls_of(
                lambda size, b=batch, m=most, w=where, put=lengths.append: put(answer.longest_context(size, b, m, *w))
            )
            expect(lengths[0], want, "longest_context", why=LONG)
    with given("room for thousands of sequences"):
        once = "all sequences take the same, so asking once is enough"
        calls_of(lambda size: answer.largest_batch(size, 100, *room, 16), once)


def probes(answer):
    def too_many(limit):
        try:
            calls_of(lambda size: answer.longest_context(size, 4, limit, 80_000_000, 16_000_000, 1_000_000, 0.75, 16))
        except Wrong:
            return True
        return False

    for n_tokens, where, block in (
        (3, with_room(90), 1), (5, with_room(360), 16), (17, with_room(640), 16), (3, (512, 100, 6, 0.25), 1),
        (5, with_room(-200), 16),
    ):  # fmt: skip
        yield lambda n_tokens=n_tokens, where=where, block=block: answer.largest_batch(plain, n_tokens, *where, block)
    yield lambda: answer.largest_batch(hybrid, 100, *with_room(2000), 16)
    for kind, batch, limit, room in (
        (plain, 1, 99, 330), (plain, 1, 7, 5000), (plain, 1, 20, 310), (plain, 1, 99, -50), (hybrid, 1, 999, 100),
        (hybrid, 2, 999, 3000), (states, 3, 500, 600),
    ):  # fmt: skip
        yield lambda kind=kind, batch=batch, limit=limit, room=room: answer.longest_context(
            kind, batch, limit, *with_room(room), 16
        )
    yield lambda: too_many(1_000_000)
