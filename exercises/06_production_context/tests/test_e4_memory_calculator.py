"""Tests of 6.4: against a cache whose rows are counted one token at a time."""

import copy

from kvgrade import Wrong, expect, given, refuses

# no number of a shape equals another, and no product of two a third: every wrong factor shows
HEADS = {"n_layers": 3, "n_heads": 6, "n_kv_heads": 2, "head_dim": 10, "embed_dim": 36}
FULL = {"kind": "full", **HEADS}
WINDOW = {"kind": "window", **HEADS, "window": 4}
LATENT_HEADS = {"n_layers": 3, "n_heads": 30, "n_kv_heads": 5, "head_dim": 9, "embed_dim": 38}
LATENT = {"kind": "latent", **LATENT_HEADS, "rank": 7, "rope_dim": 4}
STATE = {"kind": "state", **HEADS, "state_numbers": 11}

LLAMA_8B = [{"kind": "full", "n_layers": 32, "n_heads": 32, "n_kv_heads": 8, "head_dim": 128, "embed_dim": 4096}]
GEMMA_27B = [
    {"kind": kind, "n_layers": n, "n_heads": 32, "n_kv_heads": 16, "head_dim": 128, "embed_dim": 5376, "window": 1024}
    for kind, n in (("window", 52), ("full", 10))
]
DEEPSEEK = [
    {
        "kind": "latent", "n_layers": 61, "n_heads": 128, "n_kv_heads": 128, "head_dim": 192, "embed_dim": 7168,
        "rank": 512, "rope_dim": 64,
    }
]  # fmt: skip


def count(groups, n_tokens, size):
    """Go through the tokens; each writes a row, and a window drops its oldest."""
    total = 0
    for group in groups:
        for _ in range(group["n_layers"]):
            rows = []
            for _ in range(0 if group["kind"] == "state" else n_tokens):
                if group["kind"] == "latent":
                    rows.append(group["rank"] + group["rope_dim"])
                else:
                    rows.append(sum(group["head_dim"] for _ in ("key", "value") for _ in range(group["n_kv_heads"])))
                if group["kind"] == "window" and len(rows) > group["window"]:
                    rows.pop(0)
            total += sum(rows) * size
            if group["kind"] == "state":
                total += group["state_numbers"] * 4
    return total


def about(groups):
    """The groups in words; of a single one, with the entries that its kind does not use."""
    parts = []
    for group in groups:
        heads = f"{group['n_kv_heads']} key/value and {group['n_heads']} query heads of {group['head_dim']}"
        used = {
            "full": f"{heads}, width {group['embed_dim']}",
            "window": f"{heads}, width {group['embed_dim']}, window {group.get('window')}",
            "latent": f"{heads}, rank {group.get('rank')}, rope_dim {group.get('rope_dim')}",
            "state": f"{group.get('state_numbers')} numbers",
        }[group["kind"]]
        own = {"window": ("window",), "latent": ("rank", "rope_dim"), "state": ("state_numbers",)}
        names = ("window", "rank", "rope_dim", "state_numbers")
        spare = [f"{n} {group[n]}" for n in names if n in group and n not in own.get(group["kind"], ())]
        unused = f"; {', '.join(spare)}, which this kind does not use" if spare and len(groups) == 1 else ""
        layers = f"{group['n_layers']} layer{'s' * (group['n_layers'] != 1)}"
        parts.append(f"{layers}, {group['kind']} ({used}{unused})")
    return " + ".join(parts) or "no layers"


def check(answer, groups, lengths, size=2, why=""):
    """Bytes of several lengths, and of one more token at each."""
    before = copy.deepcopy(groups)
    calculator = answer.MemoryCalculator(groups, size)
    for n in lengths:
        with given(f"{about(groups)}; {n} token{'s' * (n != 1)}, {size} B a number"):
            want = count(groups, n, size)
            expect(calculator.sequence_bytes(n), want, "sequence_bytes", why=why)
            more = count(groups, n + 1, size) - want
            expect(
                calculator.next_token_bytes(n), more, "next_token_bytes", why=f"the next token: {why}" if why else ""
            )
            expect(calculator.sequence_bytes(n), want, "sequence_bytes", why="asking again gives another answer")
    if groups != before:
        raise Wrong("the calculator changed its groups", f"before {before}", f"after  {groups}")


def check_known(answer, name, groups, n, want, size=2, more=None):
    """A real model, whose bytes the chapter prints or that are quickly computed by hand."""
    with given(f"{name}, {n:,} tokens of {size} B a number"):
        calculator = answer.MemoryCalculator(groups, size)
        expect(calculator.sequence_bytes(n), want, "sequence_bytes", why="this model takes other bytes")
        if more is not None:
            expect(calculator.next_token_bytes(n), more, "next_token_bytes", why="this model takes other bytes")


def check_report(answer, n_bytes, want, why):
    """A model with one number of a byte in key and value, so that 2 n bytes are n tokens."""
    group = {"kind": "full", "n_layers": 1, "n_heads": 1, "n_kv_heads": 1, "head_dim": 1, "embed_dim": 1}
    with given(f"report of {n_bytes:,} bytes"):
        expect(answer.MemoryCalculator([group], 1).report(n_bytes // 2), want, "report", why=why)


def test_correct(answer, rng):
    check(answer, [{**FULL, "n_layers": 1}], [1], why="keys and values of key/value heads, each of head_dim numbers")
    check(answer, [FULL], [1], why="every layer of a group keeps rows")
    check(answer, [FULL], [0, 2, 9], why="every token leaves a row")
    check(answer, [FULL], [3], 1, why="a number takes bytes_per_number bytes")
    check(answer, [WINDOW], [1, 3], why="below its length a window keeps every token")
    check(answer, [WINDOW], [4, 5, 9], why="a window keeps no more than its newest tokens")
    check(answer, [LATENT], [1], why="a latent is one row for all heads, shared by keys and values, and has two parts")
    check(answer, [LATENT], [0, 6], why="a latent leaves a row of every token")
    check(answer, [{**STATE, "n_layers": 1}], [0], why="a state is there before the first token, in 4 bytes a number")
    check(answer, [STATE], [0], why="every layer of a group has a state of its own")
    check(answer, [STATE], [1, 50], why="a state does not grow")
    check(answer, [STATE], [3], 1, why="a state is in fp32, 4 bytes a number, whatever the rest uses")
    check(answer, [STATE, FULL], [0, 2], 1, why="the cache is the sum of its groups")
    check(answer, [FULL, FULL], [2], why="two groups of one kind count both")
    check(answer, [FULL, WINDOW, LATENT, STATE], [0, 3, 4, 5, 30], why="the cache is the sum of its groups")
    check(answer, [LATENT, FULL], [3], 0.5, why="half a byte a number is four bits")
    extra = [{**FULL, "window": 2, "rank": 5, "rope_dim": 2, "state_numbers": 9}]
    check(answer, extra, [1, 3, 9], why="only the kind says which entries count: this layer has full attention")
    extra = [{**LATENT, "window": 2, "state_numbers": 9}]
    check(answer, extra, [1, 3, 9], why="only the kind says which entries count: this layer has a latent")
    check(answer, [{**WINDOW, "window": 1}], [0, 1, 2], why="a window of 1 keeps the newest token")
    check(answer, [], [0, 3], why="no layers keep nothing")
    with given("the same model again, with bytes_per_number left out"):
        expect(answer.MemoryCalculator([FULL]).sequence_bytes(1), 240, "sequence_bytes", why="the default is 2 bytes")
        expect(answer.MemoryCalculator((FULL,)).sequence_bytes(1), 240, "sequence_bytes", why="a tuple is a sequence")

    check_known(answer, "Llama 3.1 8B", LLAMA_8B, 32_768, 4 * 2**30, more=131_072)
    check_known(answer, "Gemma 3 27B", GEMMA_27B, 131_072, 2 * 2 * 16 * 128 * (52 * 1024 + 10 * 131_072), more=81_920)
    check_known(answer, "DeepSeek-V3", DEEPSEEK, 1000, 70_272_000, more=70_272)

    check_report(answer, 512, "512 B", "fewer than 1024 bytes are B, without a decimal")
    check_report(answer, 0, "0 B", "nothing is 0 B")
    check_report(answer, 1022, "1022 B", "1 KiB is 1024 bytes, not 1000")
    with given("report of 1 token of 3 full layers, 2 key/value heads of 10, 0.5 B a number"):
        got = answer.MemoryCalculator([FULL], 0.5).report(1)
        expect(got, "60 B", "report", why="B has no decimal, even where bytes_per_number is a float")
    check_report(answer, 1024, "1.0 KiB", "1024 bytes are 1 KiB; a KB would be 1000")
    check_report(answer, 1536, "1.5 KiB", "1 KiB is 1024 bytes, and there is one decimal")
    check_report(answer, 2**20 - 2**10, "1023.0 KiB", "this is less than 1 MiB")
    check_report(answer, 2046, "2.0 KiB", "the decimal is rounded, not cut off")
    check_report(answer, 2**20 - 2, "1024.0 KiB", "the unit is chosen first, from the bytes, and rounding comes after")
    check_report(answer, 2**30 - 2, "1024.0 MiB", "the unit is chosen first, from the bytes, and rounding comes after")
    with given("report of 1 token of 1 latent layer, rank 2, rope_dim 1, 0.5625 B a number: 1.6875 bytes"):
        tiny = {**LATENT, "n_layers": 1, "rank": 2, "rope_dim": 1}
        got = answer.MemoryCalculator([tiny], 0.5625).report(1)
        expect(got, "2 B", "report", why="bytes that are not whole are rounded, not cut off")
    check_report(answer, 5 * 2**20, "5.0 MiB", "1 MiB is 1024 KiB")
    check_report(answer, 3 * 2**29, "1.5 GiB", "1 GiB is 1024 MiB")
    check_report(answer, 3 * 2**40, "3072.0 GiB", "GiB is the largest unit")
    with given("report of 12 tokens of Llama 3.1 8B"):
        expect(answer.MemoryCalculator(LLAMA_8B).report(12), "1.5 MiB", "report", why="the report is about all tokens")

    unknown = [FULL, {**FULL, "kind": "linear"}]
    refuses(lambda: answer.MemoryCalculator(unknown) and "a calculator", "a calculator for a group of kind 'linear'")
    refuses(lambda: answer.MemoryCalculator([FULL]).sequence_bytes(-1), "a sequence of -1 tokens")
    refuses(lambda: answer.MemoryCalculator([STATE]).sequence_bytes(-1), "a sequence of -1 tokens")
    for group in (FULL, STATE):
        refuses(lambda g=group: answer.MemoryCalculator([g]).next_token_bytes(-1), "next_token_bytes(-1)")
        refuses(lambda g=group: answer.MemoryCalculator([g]).report(-1), "report(-1)")
    two_at_once(answer)
    for _ in range(12):
        check(answer, drawn(rng), rng.integers(0, 25, 2).tolist(), [0.5, 1, 2, 4][int(rng.integers(4))])


def two_at_once(answer):
    first, second = answer.MemoryCalculator([FULL], 2), answer.MemoryCalculator([LATENT], 1)
    with given("two calculators at once, and the first of them is asked"):
        want = count([FULL], 3, 2)
        expect(first.sequence_bytes(3), want, "sequence_bytes", why="each calculator has groups of its own")
        expect(second.sequence_bytes(3), count([LATENT], 3, 1), "sequence_bytes")


def drawn(rng):
    """One to four groups of random kinds and shapes."""
    groups = []
    for _ in range(int(rng.integers(1, 5))):
        kind = ("full", "window", "latent", "state")[int(rng.integers(4))]
        names = ("n_layers", "n_kv_heads", "head_dim", "embed_dim", "window", "rank", "rope_dim", "state_numbers")
        group = dict(zip(names, rng.integers(1, 12, len(names)).tolist(), strict=True))
        groups.append({"kind": kind, **group, "n_heads": 3 * group["n_kv_heads"]})
    return groups


def probes(answer):
    def sizes(groups, size, lengths):
        calculator = answer.MemoryCalculator(groups, size)
        return [[calculator.sequence_bytes(n), calculator.next_token_bytes(n)] for n in lengths]

    for group in (FULL, WINDOW, LATENT, STATE):
        for size in (2, 1):
            yield lambda group=group, size=size: sizes([group], size, (0, 1, 3, 4, 9))
    yield lambda: sizes([FULL, WINDOW, LATENT, STATE], 2, (0, 30))
    yield lambda: answer.MemoryCalculator(LLAMA_8B).report(12)
    yield lambda: answer.MemoryCalculator([FULL]).report(1000)
    yield lambda: answer.MemoryCalculator([FULL]).report(4)
    yield lambda: answer.MemoryCalculator([{**FULL, "kind": "linear"}]).sequence_bytes(2)
