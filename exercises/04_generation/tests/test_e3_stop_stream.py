"""Tests of 4.3: what is shown after each piece, against the definition read character by character."""

from itertools import pairwise

from kvgrade import Wrong, expect, given, peak_bytes, refuses


def definition(text, stops):
    """What of a text may be shown while more may come, and whether it has stopped."""
    for n in range(1, len(text) + 1):
        complete = [len(stop) for stop in stops if text[:n].endswith(stop)]
        if complete:
            return text[: n - max(complete)], True
    beginnings = [n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])]
    return text[: len(text) - max(beginnings, default=0)], False


def asked(stops, pieces):
    return f"stop strings {stops}, pieces {pieces}"


def compare(answer, stops, pieces, why=""):
    """Nothing too early, nothing lost: what was shown is checked after each piece, and at the end."""
    with given(asked(stops, pieces)):
        text, given_stops = answer.StopFilter(stops), list(stops)
        came, shown = "", ""
        longest = max(map(len, stops), default=1)
        for i, piece in enumerate(pieces):
            came += piece
            new = text.push(piece)
            if not isinstance(new, str):
                raise Wrong(f"push must return a string, not {type(new).__name__}")
            shown += new
            may, stopped = definition(came, stops)
            if not may.startswith(shown):
                headline = (
                    why or "more is shown than may be: a part of one of the stop strings, or a text that is not there"
                )
                raise Wrong(headline, f"after piece {i}, in all so far: may be shown {may!r}, shown {shown!r}")
            if stopped and shown != may:
                headline = why or "what stands before the stop string must be shown when it is complete"
                raise Wrong(headline, f"after piece {i}, in all so far: may be shown {may!r}, shown {shown!r}")
            if not stopped and len(came) - len(shown) >= longest:
                headline = why or "text must be shown while it arrives"
                lines = f"after piece {i}, in all so far: may be shown {may!r}, shown {shown!r}"
                raise Wrong(headline, lines, f"at most {longest - 1} characters can be the beginning of a stop string")
            expect(text.stopped, stopped, f"stopped, after piece {i}", why=why)
        rest = text.end()
        want = may if stopped else came
        if shown + rest != want:
            headline = "after a stop string nothing more is shown" if stopped else why
            raise Wrong(
                headline or "what is no stop string must all be shown in the end",
                f"in all: expected {want!r}, yours {shown + rest!r}",
                f"push gave {shown!r}, end() gave {rest!r}",
            )
        expect(text.end(), "", "end(), called again", why="what was shown is not shown again")
        expect(text.stopped, stopped, "stopped, after the end", why="only a stop string stops the text")
        expect(stops, given_stops, "stop_strings", why="the caller's list must stay as it is")


def promptly(answer, stops, pieces):
    """Nothing is held back that cannot begin a stop string."""
    with given(asked(stops, pieces)):
        text, came, shown = answer.StopFilter(stops), "", ""
        for i, piece in enumerate(pieces):
            came += piece
            shown += text.push(piece)
            may = definition(came, stops)[0]
            if shown != may:
                lines = f"after piece {i}, in all so far: may be shown {may!r}, shown {shown!r}"
                raise Wrong("right, but text is held back that cannot begin a stop string", lines)


def random_case(rng):
    """A text of few letters, so that beginnings are frequent, cut anywhere."""
    letters = list("ab") if rng.random() < 0.5 else list("ab\n")
    word = lambda n: "".join(rng.choice(letters, int(n)))  # noqa: E731
    stops = [word(rng.integers(1, 5)) + "b" for _ in range(int(rng.integers(1, 4)))]
    text = word(rng.integers(0, 14))
    cuts = sorted(rng.integers(0, len(text) + 1, int(rng.integers(0, 6))).tolist())
    bounds = [0, *cuts, len(text)]
    return stops, [text[a:b] for a, b in pairwise(bounds)]


def test_correct(answer, rng):
    compare(answer, ["x"], ["a", "b"], "a text without a stop string is shown")
    compare(answer, ["x"], ["axb"], "the text ends before the stop string, within a piece too")
    compare(answer, ["xy"], ["a", "x", "y", "b"], "a stop string may begin in one piece and end in a later one")
    compare(answer, ["xy"], ["ax", "b"], "what was held back is shown once it can be no stop string")
    compare(answer, ["xy"], ["a", "x"], "what is held back is shown when the generation ends")
    compare(answer, ["x"], ["a", "x", "b", ""], "after a stop string nothing more is shown")
    longest = "hold back the longest end that may begin a stop string: after 'aa' that is 'aa', not 'a'"
    compare(answer, ["aab"], ["a", "a"], longest)
    compare(answer, ["aab"], ["a", "a", "a", "b"], "where a beginning has failed, a later part of it may begin again")
    compare(answer, ["aab"], ["aaab"], "where a beginning has failed, a later part of it may begin again")
    compare(answer, ["xyzw", "zq"], ["axyz", "q"], "inside a beginning of one stop string another one may begin")
    compare(answer, ["abcd", "bc"], ["xabcd"], "of two stop strings the one that is complete first counts")
    compare(answer, ["bc", "abc"], ["x", "ab", "c"], "of two that are complete at once the longest counts")
    compare(answer, ["q", "a"], ["ba", "q"], "any of the stop strings ends the text, not only the first in the list")
    compare(answer, [], ["a", "", "b"], "without stop strings everything is shown")
    compare(answer, ["a.c"], ["abc", "a.", "b"], "a stop string is text, not a pattern")
    with given("two filters at once"):
        one, other = answer.StopFilter(["xy"]), answer.StopFilter(["xy"])
        left, right = one.push("ax"), other.push("y")
        shown = [left + one.end(), right + other.end()]
        expect(shown, ["ax", "y"], "shown", why="each filter has a text of its own")
    for _ in range(100):
        compare(answer, *random_case(rng))
    refuses(lambda: answer.StopFilter([""]), "an empty stop string")
    refuses(lambda: answer.StopFilter(["x", ""]), "an empty stop string")
    refuses(lambda: answer.StopFilter("END"), "a string instead of a list")


def bytes_of_a_late_push(answer):
    """What a push takes at its peak, long after the text began."""
    text = answer.StopFilter(["xy"])
    for _ in range(200):
        text.push("ab" * 50)
    text.push("a")
    return peak_bytes(lambda: text.push("a"))


def test_efficient(answer, rng):
    promptly(answer, ["xyz"], ["abc", "d"])
    promptly(answer, ["\n\n"], ["Paris", ".\n", "\nQ"])
    promptly(answer, ["aab"], ["aaa", "a"])
    for _ in range(50):
        promptly(answer, *random_case(rng))
    allowed = 5_000  # a piece of one character; the text behind it has 20,000
    with given("a piece of one character, 20,000 characters into the text"):
        peak = bytes_of_a_late_push(answer)
        if peak > allowed:
            raise Wrong(
                "right, but a piece costs more the longer the text is: is all of it kept, and copied or searched?",
                f"peak {peak:,} B, allowed {allowed:,} B",
            )


def probes(answer):
    cases = [
        (["x"], ["axb"]),
        (["xy"], ["a", "x", "y", "b"]),
        (["xy"], ["ax", "b"]),
        (["xy"], ["a", "x"]),
        (["aab"], ["a", "a", "a", "b"]),
        (["abcd", "bc"], ["xabcd"]),
        (["bc", "abc"], ["x", "ab", "c"]),
        (["xyz"], ["abc", "d"]),
    ]
    for stops, pieces in cases:
        yield lambda stops=stops, pieces=pieces: _shown(answer, stops, pieces)
    yield lambda: bytes_of_a_late_push(answer) > 10_000


def _shown(answer, stops, pieces):
    text = answer.StopFilter(stops)
    return [*(text.push(piece) for piece in pieces), text.end(), text.stopped]
