"""Tests of 5.4: a machine whose time passes only when an arm works, so every duration is known.

Durations are multiples of 1/16, so differences of clock readings are exact; ratios and medians round once or twice.
"""

from statistics import median

from kvgrade import Wrong, expect, given, refuses

CLOSE = 1e-12


class Machine:
    """A clock, arms that take the seconds they are told to, and a log of what was done."""

    def __init__(self):
        self.now = 1000.0
        self.log = []

    def clock(self):
        self.log.append("clock")
        return self.now

    def runs(self):
        return [entry for entry in self.log if entry != "clock"]

    def arm(self, name, seconds, tokens=(5, 6, 7), kind=list, changed=None):
        """An arm: its n-th run takes seconds[n], the warm-up being run 0, and writes changed[n] if there is one."""
        count = iter(range(10**6))

        def run():
            self.log.append(name)
            n = next(count)
            written = (changed or {}).get(n, tokens)
            took = seconds[n] if n < len(seconds) else 1.0
            if kind == "generator":  # both parts of the work take time, so a clock that misses one shows
                self.now += took / 4
                return lazily(written, 3 * took / 4)
            if kind is SlowToRead:
                self.now += took / 4
                slow = SlowToRead(written)
                slow.machine, slow.seconds = self, 3 * took / 4
                return slow
            self.now += took
            return kind(written)

        def lazily(written, took):
            for i, token in enumerate(written):
                self.now += took * (i == len(written) - 1)
                yield token

        return run


class SlowToRead(list):
    """A list that takes seconds to go through, as a generator does; but it equals other lists unread."""

    machine, seconds = None, 0.0

    def __iter__(self):
        self.machine.now += self.seconds
        return super().__iter__()


class SlowToCompare(int):
    """A token that takes a hundred seconds to compare."""

    machine = None

    def __eq__(self, other):
        self.machine.now += 100
        return int(self) == int(other)

    def __ne__(self, other):
        return not self == other

    __hash__ = int.__hash__


def reported(name, result):
    """A result as a dict, or a message that says what it lacks."""
    try:
        fields = {field: getattr(result, field) for field in ("seconds", "median", "spread", "speedup")}
    except AttributeError as error:
        raise Wrong(f"the entry of {name!r} must be a Result", str(error)) from None
    if not isinstance(fields["seconds"], tuple):
        kind = type(fields["seconds"]).__name__
        raise Wrong(f"seconds of {name!r} must be a tuple, as Result says", f"yours is a {kind}")
    return fields


def run(answer, arms, machine, rounds):
    """The report on arms that all write the same tokens."""
    try:
        return answer.benchmark(arms, machine.clock, rounds)
    except ValueError as error:
        raise Wrong(
            "every run wrote the same tokens and took time, and yours raises ValueError",
            f"yours says: {str(error)[:150] or 'nothing'}",
            "if that is your comparison: an arm may return a generator or a tuple, so read each run into a list first",
        ) from None


WHY = {
    "seconds": "the seconds are those of the rounds, each run from its call to its last token",
    "median": "the median of the rounds is reported",
    "spread": "the spread is the slowest minus the fastest, over the median",
    "speedup": "the speedup is the median of the ratios within rounds, the baseline's seconds over the arm's",
}

SELF = "the speedup of the baseline is always 1: is the first arm given still your baseline?"


def compare(answer, durations, rounds, kinds=None, **why):
    """Run arms of known durations, the warm-up's first, and compare all that is reported."""
    machine = Machine()
    kinds = kinds or {}
    arms = {name: machine.arm(name, seconds, kind=kinds.get(name, list)) for name, seconds in durations.items()}
    told = "; ".join(f"{name} takes {' '.join(f'{s:g}' for s in seconds)} s" for name, seconds in durations.items())
    with given(f"{told} (warm-up first), {rounds} round{'s' * (rounds > 1)}"):
        results = run(answer, arms, machine, rounds)
        expect(sorted(results) if isinstance(results, dict) else results, sorted(arms), "names of the arms")
        timed = {name: seconds[1 : rounds + 1] for name, seconds in durations.items()}
        base = timed[next(iter(arms))]
        for name, seconds in timed.items():
            got = reported(name, results[name])
            middle = median(seconds)
            want = {
                "seconds": tuple(map(float, seconds)),
                "median": middle,
                "spread": (max(seconds) - min(seconds)) / middle,
                "speedup": median(b / s for b, s in zip(base, seconds, strict=True)),
            }
            reasons = WHY | ({"speedup": SELF} if name == next(iter(arms)) else {}) | why
            for field in want:
                expect(got[field], want[field], f"{field} of {name!r}", why=reasons[field], rtol=CLOSE, atol=CLOSE)
        expect(list(results), list(arms), "order of the results")


def order(answer, names, rounds):
    """What is run, in which order, and when the clock is first read."""
    machine = Machine()
    run(answer, {name: machine.arm(name, [], kind="generator") for name in names}, machine, rounds)
    return machine


def check_order(answer, names, rounds):
    with given(f"arms {' '.join(names)}, {rounds} round{'s' * (rounds > 1)}"):
        log = order(answer, names, rounds).log
        assert "clock" in log, "the clock that is handed in is never read"
        first = log.index("clock")
        expect(
            log[:first], names, "runs before the clock is read", why="each arm runs once as a warm-up, off the clock"
        )
        turns = [name for n in range(rounds) for name in (names if n % 2 == 0 else names[::-1])]
        why = "the arms take turns, round by round, every second round in the opposite order"
        got = [entry for entry in log[first:] if entry != "clock"]
        expect(got, turns, "runs after it", why=why)


def check_warm_up(answer):
    """Before anything is timed: one run of one arm, off the clock, and then one run a round."""
    with given("arm a, 1 round"):
        log = order(answer, ["a"], 1).log
        early = log[: log.index("clock")] if "clock" in log else []
        if len(early) > 1:
            raise Wrong("a warm-up is one run of each arm, and yours runs an arm more often", f"{len(early)} runs of a")


def refused(answer, changed, what, arm=1, kind=list, names="abc", rounds=3):
    """One arm writes something else in one run."""
    machine = Machine()
    arms = {}
    for i, name in enumerate(names):
        arms[name] = machine.arm(name, [], kind=kind, changed=changed if i == arm else None)
    (number, tokens), *_ = changed.items()
    when = "its warm-up" if number == 0 else f"round {number} of {rounds}"
    case = f"arm{'s' * (len(names) > 1)} {' '.join(names)}; {names[arm]} writes {list(tokens)} in {when}"
    with given(f"{case}, all else is [5, 6, 7]"):
        refuses(lambda: answer.benchmark(arms, machine.clock, rounds) and "a report", what)
    return machine


def too_coarse(answer):
    """A clock that stands still during one run: whose it is, and in which round, makes no difference."""
    for name, number, rounds in (("a", 1, 1), ("b", 1, 1), ("b", 2, 2), ("a", 2, 3), ("b", 3, 3)):
        machine = Machine()
        took = {"a": [1, 1, 1, 1], "b": [1, 1, 1, 1]}
        took[name][number] = 0
        arms = {one: machine.arm(one, seconds) for one, seconds in took.items()}
        when = f"{name} takes 0 s in round {number} of {rounds}, by a clock that is too coarse; all other runs take 1 s"
        with given(f"arms a b; {when}"):
            what = "a run of 0 s by the clock"
            refuses(lambda c=machine.clock, n=rounds, a=arms: answer.benchmark(a, c, n) and "a report", what)


def test_correct(answer, rng):
    lazy = {"a": "generator"}
    check_warm_up(answer)
    why = "an arm works when it is called and while it is read: a run lasts from just before the call to its last token"
    compare(answer, {"a": [2, 2]}, 1, lazy, seconds=why)
    check_order(answer, ["a"], 1)
    why = "the first run of an arm is its warm-up and is not reported"
    compare(answer, {"a": [9, 2]}, 1, lazy, seconds=why)
    compare(answer, {"a": [9, 2]}, 1, seconds="an arm may do all its work when it is called")
    check_order(answer, ["a"], 2)
    check_order(answer, ["a", "b"], 1)
    check_order(answer, ["a", "b"], 2)
    check_order(answer, ["a", "b", "c"], 4)
    compare(answer, {"a": [1, 4], "b": [1, 2]}, 1)
    compare(answer, {"a": [1, 4, 8], "b": [1, 2, 1]}, 2)
    compare(answer, {"a": [1, 2, 3, 90], "b": [1, 1, 1, 1]}, 3)
    compare(answer, {"a": [1, 4, 8, 6], "b": [1, 1, 4, 6]}, 3)
    compare(answer, {"z": [1, 4], "a": [1, 2]}, 1, speedup="the baseline is the first arm given, whatever its name")

    what = "an arm that wrote another job's tokens"
    for tokens in ((5, 6, 8), (5, 9, 7), (9, 6, 7), (6, 5, 7), (5, 6), (5, 6, 7, 8), ()):
        machine = refused(answer, {0: tokens}, what)
        assert "clock" not in machine.log, "equality comes first: refuse before the clock is read"
    refused(answer, {0: (5, 9, 7)}, what, arm=2)
    refused(answer, {0: (5, 9, 7)}, what, arm=2, kind="generator")
    refused(answer, {0: (5, 9, 7)}, what, arm=0)
    for arm in (1, 0, 2):
        refused(answer, {1: (5, 9, 7)}, "a run that wrote other tokens than the warm-up", arm=arm)
        refused(answer, {3: (5, 6)}, "a run that wrote fewer tokens than the warm-up", arm=arm)
    last = "a baseline that wrote other tokens than its own warm-up"
    refused(answer, {1: (5, 9, 7)}, last, arm=0, names="a", rounds=1)
    refused(answer, {2: (5, 9, 7)}, f"{last}, in the last run of all", arm=0, names="ab", rounds=2)

    for rounds in (0, -1):
        machine = Machine()
        with given(f"rounds is {rounds}"):
            refuses(lambda m=machine, r=rounds: answer.benchmark({"a": m.arm("a", [])}, m.clock, r), "no round")
            assert not machine.log, "nothing may run before the arguments are checked"
    refuses(lambda: answer.benchmark({}, Machine().clock), "no arm")
    too_coarse(answer)

    with given("tokens that take 100 s to compare; both arms take 2 s"):
        slow = Machine()
        SlowToCompare.machine = slow
        fresh = {name: lambda name=name: map(SlowToCompare, slow.arm(name, [2.0])()) for name in ("a", "b")}
        results = answer.benchmark(fresh, slow.clock, 2)
        got = [list(reported(name, results[name])["seconds"]) for name in fresh]
        expect(
            got, [[2.0, 2.0], [2.0, 2.0]], "seconds", why="comparing tokens is not part of a run: stop the clock first"
        )
    with given("arms that return a tuple, a list and a generator of the same tokens"):
        machine = Machine()
        kinds = {"a": tuple, "b": list, "c": "generator"}
        run(answer, {name: machine.arm(name, [], kind=kind) for name, kind in kinds.items()}, machine, 1)
    with given("rounds left out"):
        machine = Machine()
        results = answer.benchmark({"a": machine.arm("a", [])}, machine.clock)
        expect(len(reported("a", results["a"])["seconds"]), 5, "rounds", why="there are five rounds by default")

    for _ in range(12):
        rounds, n = int(rng.integers(1, 8)), int(rng.integers(1, 5))
        durations = {f"arm{i}": (rng.integers(1, 40, rounds + 1) / 4).tolist() for i in range(n)}
        compare(answer, durations, rounds, kinds={"arm1": "generator"})
    check_order(answer, [f"arm{i}" for i in range(4)], int(rng.integers(2, 7)))


def probes(answer):
    durations = {"a": [64, 4, 8, 6, 90], "b": [32, 1, 4, 6, 2], "c": [16, 2, 3, 1, 4]}

    def results(rounds, kind="generator"):
        machine = Machine()
        arms = {name: machine.arm(name, took, (5, 6, 7, 8), kind) for name, took in durations.items()}
        return {name: reported(name, result) for name, result in answer.benchmark(arms, machine.clock, rounds).items()}

    def unequal(changed, arm):
        machine = Machine()
        arms = {name: machine.arm(name, [], changed=changed if name == arm else None) for name in "ab"}
        answer.benchmark(arms, machine.clock, 2)
        return machine.runs()

    yield lambda: results(1, SlowToRead)
    for rounds in (1, 3, 4):
        yield lambda rounds=rounds: results(rounds)
    yield lambda: order(answer, ["a", "b", "c"], 3).runs()
    other = (5, 9, 7)
    for changed, arm in (
        ({0: other}, "b"), ({0: (9, 6, 8)}, "b"), ({0: (5, 6)}, "b"), ({1: other}, "a"), ({1: other}, "b"),
        ({2: other}, "a"), ({2: other}, "b"),
    ):  # fmt: skip
        yield lambda changed=changed, arm=arm: unequal(changed, arm)
