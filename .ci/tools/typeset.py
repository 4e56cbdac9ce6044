"""Is the PDF whole? Its log is searched for faults, and what it holds is counted against the pages."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

Counts = dict[str, Counter]
"""For each page of the book, how many of each kind of thing there are on it."""

# What to count: how it begins on a page, and in LaTeX.
KINDS = {
    "figures": (r"""class=["']kv-figure[^"']*["'] id=""", r"\\label\{\\detokenize\{figure:"),
    "questions": (r"""class=["']kv-quiz["'] id=""", r"\\label\{\\detokenize\{question:"),
    "answers": (r"""class=["']kv-quiz["'] id=""", r"\\label\{\\detokenize\{answer:"),
    "listings": (r'<div class="(?:[^"]* )?highlight-', r"\\begin\{sphinxVerbatim(?:intable)?\}"),
    "tables": (r'<table class="[^"]*table', r"\\begin\{(?:tabulary|tabular|longtable)\}"),
    "formulas": (r'<span class="katex-display">', r"\\begin\{(?:equation|align|gather)\*?\}"),
    "exercises": (r'<div class="exercise admonition"', r"\\begin\{kvexercise\}"),
    "solutions": (r'<\w+ class="(?:[^"]* )?solution(?: [^"]*)?" id=', r"\\begin\{kventry\}\{solution\}"),
    "folds": (r'<details class="[^"]*sd-dropdown', r"\\begin\{kvopened\}|\\kvhint\b"),
}
PAGE = re.compile(r"\\kvnumbered\{\d+\}\{(.*?)\}|\\kvunnumbered\{(.*?)\}|^% from (\S+)$", re.MULTILINE)


def in_pages(folder: Path) -> Counts:
    """Count what the pages hold."""
    found = {}
    for path in sorted((folder / "book").rglob("*.html")):
        text = re.sub(r"<script\b.*?</script>", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found[path.relative_to(folder).with_suffix("").as_posix()] = Counter(
            {kind: len(re.findall(mark, text)) for kind, (mark, _) in KINDS.items()}
        )
    return found


def in_latex(book: str) -> Counts:
    """Count what the book holds, by the page that it came from."""
    found: Counts = {}
    starts = list(PAGE.finditer(book))
    ends = [start.start() for start in starts[1:]] + [len(book)]
    for start, end in zip(starts, ends, strict=True):
        text = book[start.end() : end]
        counts = found.setdefault(next(filter(None, start.groups())), Counter())
        counts.update({kind: len(re.findall(mark, text)) for kind, (_, mark) in KINDS.items()})
    return found


def lost(pages: Mapping[str, Counter], printed: Mapping[str, Counter]) -> list[str]:
    """List what a page has and the book has not, or the other way."""
    return [
        f"{page}: {counts[kind]} {kind} on the page, {printed.get(page, Counter())[kind]} on paper"
        for page, counts in pages.items()
        for kind in KINDS
        if counts[kind] != printed.get(page, Counter())[kind]
    ]


def wide_lines(log: str) -> list[tuple[float, str]]:
    """Every line that sticks out: by how many points, and where."""
    found = re.findall(r"^Overfull \\hbox \(([\d.]+)pt too wide\) (.*)$", log, re.MULTILINE)
    return sorted(((float(points), where) for points, where in found), reverse=True)


def missing_characters(log: str) -> list[str]:
    """The characters that a font lacked, so that nothing was printed."""
    return sorted(set(re.findall(r"^Missing character: There is no (\S+)", log, re.MULTILINE)))


def undefined(log: str) -> list[str]:
    """References that lead nowhere, and names that two places have."""
    return sorted(set(re.findall(r"^LaTeX Warning: (.*(?:undefined|multiply defined).*)$", log, re.MULTILINE)))


def faults(log: str, widest: float) -> list[str]:
    """What must not be in the log."""
    wide = [f"a line sticks out by {points:.1f} pt {where}" for points, where in wide_lines(log) if points > widest]
    return [f"no font has {character}" for character in missing_characters(log)] + undefined(log) + wide


def summary(log: str, printed: Mapping[str, Counter], size: int) -> str:
    """Say in a few lines what came out."""
    pages = re.search(r"^Output written on .*?\((\d+) pages", log, re.MULTILINE)
    total: Counter = sum(printed.values(), Counter())
    wide = wide_lines(log)
    return "\n".join(
        [
            f"{pages[1] if pages else 'no'} pages, {size / 1e6:.1f} MB",
            f"missing characters: {len(missing_characters(log))}; references that lead nowhere: {len(undefined(log))}",
            f"lines that stick out: {len(wide)}" + (f", the widest by {wide[0][0]:.1f} pt" if wide else ""),
            "in it: " + listed(f"{total[kind]} {kind}" for kind in KINDS if total[kind]),
        ]
    )


def listed(parts: Iterable[str]) -> str:
    """Join the parts of a list."""
    return ", ".join(parts)
