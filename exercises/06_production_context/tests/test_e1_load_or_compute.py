"""Tests of 6.1: the two ways timed, token by token, without a division."""

from numbers import Integral

from kvgrade import expect, given


def times(n, size, rate, bandwidth, latency):
    """Of computing and of loading n tokens, counted in units of 1 / (rate * bandwidth) seconds."""
    return n * bandwidth, latency * rate * bandwidth + n * size * rate


def least(size, rate, bandwidth, latency):
    """Try one length after the other."""
    if bandwidth <= size * rate:
        return None
    n = 1
    while not pays(n, size, rate, bandwidth, latency):
        n += 1
    return n


def pays(n, *speeds):
    compute, load = times(n, *speeds)
    return load < compute


def most(n_prompt, n_stored, chunk, *speeds):
    """Go through the chunks one by one."""
    usable = 0
    while usable + chunk <= min(n_stored, n_prompt - 1):
        usable += chunk
    compute, load = times(usable, *speeds)
    return usable if load < compute else 0


def about(size, rate, bandwidth, latency):
    return f"{size} B a token, computes {rate} tokens/s, store {bandwidth} B/s after {latency:g} s"


def check_even(answer, size, rate, bandwidth, latency, why=""):
    with given(about(size, rate, bandwidth, latency)):
        got = answer.break_even(size, rate, bandwidth, latency)
        want = least(size, rate, bandwidth, latency)
        if None in (got, want):
            assert got is want, f"{why or 'None means that no length pays'}: expected {want}, yours {got}"
        expect(got, want, "break_even", why=why)
        whole(got, "break_even")


def check_load(answer, n_prompt, n_stored, chunk, speeds, why=""):
    with given(f"prompt of {n_prompt}, {n_stored} of them stored, chunks of {chunk}; {about(*speeds)}"):
        got = answer.tokens_to_load(n_prompt, n_stored, chunk, *speeds)
        expect(got, most(n_prompt, n_stored, chunk, *speeds), "tokens_to_load", why=why)
        whole(got, "tokens_to_load")


def whole(got, what):
    """Tokens are counted."""
    kind = type(got).__name__
    assert got is None or isinstance(got, Integral), f"{what} must be an int; yours is a {kind}: {got!r}"


FREE = (1, 1, 1024, 0)  # any load is worth it
DEAR = (1, 4, 8, 1)  # from 9 tokens on


def test_correct(answer, rng):
    check_even(answer, 1, 1, 4, 0, "without a wait, and with a fast store, one token is enough")
    check_even(answer, 1, 4, 16, 0.125, "one token takes 1/4 s to compute and 3/16 s to load: load it")
    check_even(answer, 1, 4, 8, 1, "after 8 tokens both ways take 2 s, and computing wins a tie")
    check_even(answer, 2, 4, 16, 1, "a token takes bytes_per_token / bandwidth seconds to load")
    check_even(answer, 1, 4, 8, 1.0625, "every load waits for the latency once, not once a token")
    check_even(answer, 8, 4, 16, 1, "a token takes longer to load than to compute, so no length pays")
    check_even(answer, 4, 4, 16, 1, "a token takes as long to load as to compute: the wait is never paid back")
    check_even(answer, 4, 4, 16, 0, "both ways take equally long at every length, and computing wins a tie")

    why = "loading pays from some length on, however long: None is for a store that is too slow at any length"
    with given(about(1, 1024, 2048, 1024)):  # 2,097,152 tokens take 2,048 s either way
        got = answer.break_even(1, 1024, 2048, 1024)
        assert got is not None, f"{why}: expected {2**21 + 1:,}, yours None"
        expect(got, 2**21 + 1, "break_even", why=why)

    check_load(answer, 9, 8, 8, FREE, "everything that is stored can be loaded here")
    check_load(answer, 20, 7, 8, FREE, "not one chunk is full, so there is nothing to load")
    check_load(answer, 40, 39, 16, FREE, "only whole chunks can be loaded")
    check_load(answer, 9, 9, 1, FREE, "one token must be left to compute: the store has no logits")
    check_load(answer, 8, 8, 8, FREE, "one token must be left to compute, and without it the only chunk is not whole")
    check_load(answer, 33, 33, 16, FREE, "the chunks that end before the last token can all be loaded")
    check_load(answer, 1, 1, 4, FREE, "a prompt of one token is computed")
    check_load(answer, 40, 0, 16, FREE, "nothing is stored, so nothing can be loaded")
    check_load(answer, 40, 8, 8, DEAR, "8 tokens take equally long, and computing wins a tie")
    check_load(answer, 40, 9, 9, DEAR, "9 tokens come sooner from the store: load them")
    check_load(answer, 40, 17, 8, DEAR, "16 tokens come sooner from the store: load them, not the break-even length")
    why = "15 tokens are stored, but only 8 of them can be loaded, and 8 do not pay"
    check_load(answer, 40, 15, 8, DEAR, why)
    check_load(answer, 9, 9, 1, DEAR, "9 tokens would pay, but only 8 can be loaded: one must be left to compute")
    check_load(answer, 40, 36, 3, (8, 4, 16, 1), "the store is slower than the device: compute everything")
    # rates, bandwidths and latencies are powers of two or sixteenths, so no rounding can move a tie
    for _ in range(40):
        rate, bandwidth = (2 ** int(rng.integers(0, top)) for top in (7, 13))
        speeds = int(rng.integers(1, 40)), rate, bandwidth, int(rng.integers(0, 80)) / 16
        check_even(answer, *speeds)
        n_prompt, chunk = int(rng.integers(1, 200)), int(rng.integers(1, 40))
        check_load(answer, n_prompt, int(rng.integers(0, n_prompt + 1)), chunk, speeds)
    for _ in range(20):  # about as many tokens as pay
        n_stored, chunk, spare = (int(x) for x in rng.integers((7, 1, 0), (22, 12, 3)))
        check_load(answer, n_stored + spare, n_stored, chunk, DEAR)


def probes(answer):
    for speeds in ((1, 1, 4, 0), DEAR, (2, 4, 16, 1), (1, 4, 8, 1.0625), (8, 4, 16, 1), (4, 4, 16, 1), (1, 4, 8, 16)):
        yield lambda speeds=speeds: answer.break_even(*speeds)
    for prompt in ((9, 8, 8), (8, 8, 8), (9, 9, 1), (40, 39, 16), (20, 7, 8), (1, 1, 4)):
        yield lambda prompt=prompt: answer.tokens_to_load(*prompt, *FREE)
    for prompt in ((40, 8, 8), (40, 9, 9), (40, 17, 8), (40, 6, 3), (40, 15, 8), (9, 9, 1)):
        yield lambda prompt=prompt: answer.tokens_to_load(*prompt, *DEAR)
    yield lambda: answer.tokens_to_load(40, 36, 3, 8, 4, 16, 1)
