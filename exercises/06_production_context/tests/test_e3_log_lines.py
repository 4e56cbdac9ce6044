"""Tests of 6.3: against lines that a real engine logged, and blocks given out one by one."""

import re
from numbers import Integral

from kvgrade import Wrong, expect, given, refuses

GIB = 2**30

# (layers, key/value heads, head dimension), blocks that vLLM logged for 4 GiB of main memory, in its pull request 4454
LOGGED = {
    "opt125m": ((12, 12, 64), 7281),
    "llama3_8b": ((32, 8, 128), 2048),
    "llama2_7b": ((32, 32, 128), 512),
    "phi2": ((32, 32, 80), 819),
}

# blocks, longest request and so on; tokens and concurrency that the thread shows, or that its blocks come to
SEEN = [
    ((1952, 20_000), "31,232", "1.56", "vLLM#10517"),
    ((1381, 2048), "22,096", "10.79", "vLLM#12569"),
    ((339, 215_040, 1072, 3), "90,048", "1.66", "vLLM#26646"),
]


def written(max_len, tokens, concurrency):
    return [
        f"GPU KV cache size: {tokens} tokens",
        f"Maximum concurrency for {max_len:,} tokens per request: {concurrency}x",
    ]


def count_blocks(free, layers, heads, dim, size, block_size):
    """Take block after block until the next one does not fit."""
    block = sum(heads * dim * size for _ in ("key", "value") for _ in range(block_size)) * layers
    n, left = 0, free
    while left >= block:
        n, left = n + 1, left - block
    return n


def request_blocks(max_len, block_size, state_groups):
    """Blocks that a request has taken once its last token is there."""
    taken, slots = state_groups, 0
    for _ in range(max_len):
        if not slots:
            taken, slots = taken + 1, block_size
        slots -= 1
    return taken


def lines_of(n_blocks, max_len, block_size, state_groups):
    groups = 1 + state_groups
    share = (n_blocks - n_blocks % groups) // groups
    times = n_blocks / request_blocks(max_len, block_size, state_groups)
    return written(max_len, f"{share * block_size:,}", f"{times:.2f}")


def check_pool(answer, free, layers, heads, dim, size, block_size, why=""):
    many = f"{layers} layer{'s' * (layers != 1)}, {heads} key/value head{'s' * (heads != 1)} of {dim}"
    case = f"{free:,} bytes for {many}, {size} B a number"
    with given(f"{case}, blocks of {block_size}"):
        want = count_blocks(free, layers, heads, dim, size, block_size)
        got = answer.pool_blocks(free, layers, heads, dim, size, block_size)
        expect(got, want, "pool_blocks", why=why)
        assert isinstance(got, Integral), f"pool_blocks must be an int; yours is a {type(got).__name__}: {got!r}"


SHARE = "the first line counts the tokens of one group's even share of the blocks, whatever a request takes"


def check_lines(answer, n_blocks, max_len, block_size, state_groups=0, why="", first=SHARE):
    groups = f", {state_groups} group{'s' * (state_groups != 1)} of states" if state_groups else ""
    with given(f"{n_blocks:,} blocks of {block_size}, requests of {max_len:,} tokens{groups}"):
        try:
            got = answer.log_lines(n_blocks, max_len, block_size, state_groups)
        except ValueError as error:
            raise Wrong(
                "the pool has blocks for one request, so the engine starts", f"yours raised {error!r}"
            ) from None
        want = lines_of(n_blocks, max_len, block_size, state_groups)
        assert isinstance(got, list) and len(got) == 2, f"log_lines must return a list of two lines; yours is {got!r}"
        expect_form(got)
        for line, right, property_ in zip(got, want, (first, why), strict=True):
            if line != right:
                raise Wrong(property_ or "the second line is another one", f"expected {right}", f"yours    {line}")


def expect_form(lines):
    """Words, decimals and the x, before the numbers: a slip there is no mistake of counting."""
    first, second = map(str, lines)
    if not re.fullmatch(r"GPU KV cache size: [\d,]+ tokens", first):
        raise Wrong(
            "the first line has another form than the one shown: words, and a whole number", f"yours    {first}"
        )
    if not re.fullmatch(r"Maximum concurrency for [\d,]+ tokens per request: [\d.,]+x", second):
        raise Wrong(
            "the second line has another form than the one shown: words, a number, and an x", f"yours    {second}"
        )
    if not re.search(r" \d+\.\d\dx$", second):
        raise Wrong("concurrency has two decimals, also where they are 0, and no commas", f"yours    {second}")


def check_start(answer, n_blocks, max_len, block_size, state_groups=0):
    groups = f" and {state_groups} of states" if state_groups else ""
    needs = request_blocks(max_len, block_size, state_groups)
    with given(f"one request of {max_len:,} tokens takes {needs} blocks of {block_size}"):
        what = f"a pool of {n_blocks} block{'s' * (n_blocks != 1)} for 1 group of attention{groups}"
        refuses(lambda: answer.log_lines(n_blocks, max_len, block_size, state_groups), what)


def test_correct(answer, rng):
    check_pool(answer, 64, 1, 1, 1, 2, 16, "a block holds a key and a value for each of its tokens")
    check_pool(answer, 127, 1, 1, 1, 2, 16, "a block that does not fit is not there")
    check_pool(answer, 63, 1, 1, 1, 2, 16, "there is no room for a block here")
    check_pool(answer, 400, 3, 1, 1, 2, 4, "a block holds rows of every layer of the group")
    check_pool(answer, 400, 1, 3, 5, 1, 4, "a row has n_kv_heads * head_dim numbers of bytes_per_number each")
    for name, (shape, blocks) in LOGGED.items():
        with given(f"{name}: 4 GiB for {shape[0]} layers, {shape[1]} key/value heads of {shape[2]}"):
            expect(answer.pool_blocks(4 * GIB, *shape), blocks, "pool_blocks", why="the engine logged another number")

    check_lines(answer, 3, 16, 16, why="a request takes one block of three", first="every block of the pool counts")
    check_lines(answer, 3, 17, 16, why="a block that a request has begun belongs to it whole")
    check_lines(answer, 3, 15, 16, why="a block that a request has begun belongs to it whole")
    check_lines(answer, 3, 2, 1, why="3 blocks of which a request takes 2 are 1.50 requests: it need not be whole")
    check_lines(answer, 5, 24, 8, why="concurrency is rounded to two decimals")
    check_lines(answer, 2, 32, 16, why="one request fits exactly: the engine starts")
    check_lines(answer, 1500, 16, 16, why="each request takes one block")
    commas = "both numbers of tokens have commas"
    check_lines(answer, 1500, 1000, 1, why=commas, first=commas)
    check_lines(answer, 4, 16, 16, 1, why="a group of states takes one block of the pool for each request")
    check_lines(answer, 9, 48, 16, 2, why="a group of states takes one block of each request, however long the text")
    dropped = "blocks are shared out evenly over the groups, and the remainder is dropped"
    check_lines(answer, 11, 16, 16, 3, why="a request takes a block of each group", first=dropped)
    check_start(answer, 1, 17, 16)
    check_start(answer, 2, 16, 16, 2)
    for arguments, tokens, concurrency, where in SEEN:
        with given(f"log_lines{arguments}, from {where}"):
            got, want = answer.log_lines(*arguments), written(arguments[1], tokens, concurrency)
            if got != want:
                raise Wrong("the engine logged other lines", *(f"expected {x}" for x in want), f"yours {got}")
    check_start(answer, 1478, 29000, 16)  # from vLLM#10517, too: at this length the engine refused to start
    for _ in range(40):
        block_size, max_len, groups = (int(x) for x in rng.integers((1, 1, 0), (40, 3000, 5)))
        needs = request_blocks(max_len, block_size, groups)
        check_lines(answer, needs + int(rng.integers(0, 2000)), max_len, block_size, groups)
        check_start(answer, needs - 1, max_len, block_size, groups)
        layers, heads, dim, size = (int(x) for x in rng.integers(1, (5, 5, 20, 5)))
        check_pool(answer, int(rng.integers(0, 50_000)), layers, heads, dim, size, block_size)


def probes(answer):
    for free, shape in ((64, (1, 1, 1, 2, 16)), (127, (1, 1, 1, 2, 16)), (400, (3, 1, 1, 2, 4))):
        yield lambda free=free, shape=shape: answer.pool_blocks(free, *shape)
    yield lambda: answer.pool_blocks(4 * GIB, 32, 32, 80)
    for pool in ((3, 16), (3, 17), (1500, 1000, 1), (4, 16, 16, 1), (9, 48, 16, 2), (11, 16, 16, 3)):
        yield lambda pool=pool: answer.log_lines(*pool)
    for pool in ((1, 17), (2, 16, 16, 2), (1478, 29000), (339, 215_040, 1072, 3)):
        yield lambda pool=pool: answer.log_lines(*pool)
