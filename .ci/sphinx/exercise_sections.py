"""The exercises in the book: a section of every chapter, and the page that lists them all.

`python .ci/sphinx/exercise_sections.py` writes them anew from the exercises' own files: the statement is the
docstring of the stub, the card gives points, minutes and hints, and the solution is included from `solutions/`. A test
fails when a page is stale.
"""

import ast
import json
import re
import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "code"))

from kvgrade.course import find_exercises  # noqa: E402
from kvgrade.exercise import Exercise  # noqa: E402
from kvgrade.stub import statement  # noqa: E402

BEGIN, END = "<!-- exercises: begin -->", "<!-- exercises: end -->"
KINDS = {
    "write": "write it",
    "build": "build it: the chapter's central object under another contract",
    "fix": "mend it: something in it is wrong",
    "predict": "predict it",
    "shrink": "shrink it: the same result from fewer bytes",
}


def after_docstring(exercise: Exercise) -> int:
    """The number of the stub's first line of code."""
    return ast.parse(exercise.path.read_text(encoding="utf-8")).body[1].lineno


def points(exercise: Exercise) -> str:
    """Its points in words."""
    word = "point" if exercise.total == 1 else "points"
    if "efficient" in exercise.points:
        return f"{exercise.total} {word} ({exercise.points['efficient']} of them for efficiency)"
    return f"{exercise.total} {word}"


def hints(exercise: Exercise) -> str:
    """Three dropdowns, each inside the one before."""
    text = ""
    for i in range(len(exercise.hints), 0, -1):
        fence = ":" * (3 + len(exercise.hints) - i)
        inner = f"\n\n{text}" if text else ""
        text = f"{fence}{{dropdown}} {'Hint' if i == 1 else 'Another hint'}\n{exercise.hints[i - 1]}{inner}\n{fence}"
    return text


def section(exercise: Exercise) -> str:
    """One exercise of a chapter."""
    label = f"ex-{exercise.number.replace('.', '-')}"
    path = f"{exercise.path.parent.name}/{exercise.path.name}"
    return f"""\
`````{{exercise-start}} {exercise.title}
:label: {label}
`````

{statement(exercise.path)[1]}

**{KINDS[exercise.kind].capitalize()}.** {points(exercise)}, about {exercise.minutes} minutes. The stub is
`exercises/{path}`; `pytest exercises/ -k {exercise.number}` judges it alone.

:::{{dropdown}} The stub
```{{literalinclude}} ../exercises/{path}
:lines: {after_docstring(exercise)}-
```
:::

{hints(exercise)}

`````{{exercise-end}}
`````

<!-- solution: begin -->
`````{{solution-start}} {label}
:class: dropdown
`````

```{{literalinclude}} ../solutions/{path}
```

`````{{solution-end}}
`````
<!-- solution: end -->
"""


def chapter_page(text: str, exercises: list[Exercise]) -> str:
    """A chapter with its section written anew, and the minutes of its card brought in line."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    minutes = sum(exercise.minutes for exercise in exercises)
    before = re.sub(r"\d+ for the exercises", f"{minutes} for the exercises", before)
    total = sum(exercise.total for exercise in exercises)
    intro = f"{len(exercises)} graded exercises, {total} of the book's 100 points"
    intro = f"{intro}; [Exercises](exercises.md) says how to begin.\n"
    return f"{before}{BEGIN}\n{intro}\n" + "\n".join(map(section, exercises)) + f"{END}{after}"


def score(exercise: Exercise) -> tuple[int, int]:
    """How many mutants of the solution its tests notice, and of how many."""
    path = ROOT / "solutions" / exercise.path.parent.name / "mutants.json"
    entry = json.loads(path.read_text(encoding="utf-8"))[exercise.name]
    return entry["killed"], entry["made"]


def listing(text: str, exercises: list[Exercise]) -> str:
    """The page of all exercises with its table written anew."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    rows = ["| | Exercise | Kind | Points | Min | Noticed |", "| --- | --- | --- | ---: | ---: | ---: |"]
    for exercise in exercises:
        link = f"{{ref}}`{exercise.title} <ex-{exercise.number.replace('.', '-')}>`"
        killed, made = score(exercise)
        cells = exercise.number, link, exercise.kind, exercise.total, exercise.minutes, f"{killed}/{made}"
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    killed, made = map(sum, zip(*map(score, exercises), strict=True))
    total, minutes = sum(e.total for e in exercises), sum(e.minutes for e in exercises)
    rows.append(f"| | All {len(exercises)} | | {total} | {minutes} | {killed}/{made} |")
    return f"{before}{BEGIN}\n" + "\n".join(rows) + f"\n{END}{after}"


def pages() -> dict[Path, str]:
    """Every page that shows exercises, as it should read."""
    exercises = find_exercises(ROOT / "exercises")
    found = {}
    for folder, group in groupby(exercises, key=lambda exercise: exercise.path.parent.name):
        path = ROOT / "book" / f"{folder.replace('_', '-')}.md"
        found[path] = chapter_page(path.read_text(encoding="utf-8"), list(group))
    path = ROOT / "book" / "exercises.md"
    found[path] = listing(path.read_text(encoding="utf-8"), exercises)
    return found


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
