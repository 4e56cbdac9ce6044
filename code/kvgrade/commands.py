"""What `pytest exercises/` does beside running tests: hints, watching, and the summary at the end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from kvgrade.exercise import Exercise, find_exercises
from kvgrade.hints import find, hint_lines
from kvgrade.plugin import exercises_root
from kvgrade.table import block, marks_for, next_line, relative, table, total, wrap
from kvgrade.verdict import Verdict


def answers_root(config: pytest.Config, exercise: Exercise) -> Path:
    """The folder whose answers are graded: ``--answers``, ``--solutions``, or the exercises themselves."""
    exercises = exercise.path.parent.parent
    if config.option.solutions:
        root = exercises.parent / "solutions"
        if not root.is_dir():
            raise pytest.UsageError("--solutions: this copy has no solutions.")
        return root
    return config.invocation_params.dir / config.option.answers if config.option.answers else exercises


def run_hint(config: pytest.Config) -> int:
    """Print the next hint, and remember in pytest's cache that it was given."""
    try:
        exercise = find(config.option.hint, find_exercises(exercises_root(config)))
    except ValueError as error:
        raise pytest.UsageError(f"--hint: {error}") from None
    cache = getattr(config, "cache", None)
    key = f"kvgrade/hints/{exercise.name}"
    seen = cache.get(key, 0) if cache else 0
    first, *hints = hint_lines(exercise, seen)
    print(first, *(line for hint in hints for line in wrap(hint)), sep="\n")
    if cache:
        cache.set(key, min(seen + 1, len(exercise.hints)))
    return 0


def run_watch(config: pytest.Config) -> int:
    """Judge whatever is saved, until Ctrl-C."""
    from kvgrade.watch import watch

    writer = config.get_terminal_writer()
    marks = marks_for(getattr(sys.stdout, "encoding", None))
    root = exercises_root(config)
    print(f"Watching {relative(root, Path.cwd())}: save a file and it is judged. Ctrl-C stops.", flush=True)
    for verdict in watch(root, seed=config.option.seed):
        print(*block(verdict, marks, writer.markup), sep="\n", flush=True)
        print(flush=True)
    return 0


def summarise(verdicts: list[Verdict], config: pytest.Config, reporter: Any) -> None:
    """Write the table: all chapters, or, if a few exercises were chosen, only those."""
    marks, paint = marks_for(getattr(reporter._tw._file, "encoding", None)), reporter._tw.markup
    start = config.invocation_params.dir
    everything = find_exercises(verdicts[0].exercise.path.parent.parent)
    reporter.write_line("")
    if len(verdicts) < len(everything):
        for verdict in verdicts:
            reporter.write_line("\n".join([*block(verdict, marks, paint), *reference(verdict, start)]))
    else:
        reporter.write_line("\n".join(table(verdicts, marks, paint)))
    reporter.write_line("\n" + total(verdicts))
    if not (config.option.solutions or config.option.answers) and (line := next_line(verdicts, start)):
        reporter.write_line(line)


def reference(verdict: Verdict, start: Path) -> list[str]:
    """Where to compare an answer that is right."""
    path = verdict.exercise.answer_in(verdict.exercise.path.parent.parent.parent / "solutions")
    if verdict.state != "full" or not path.exists():
        return []
    return wrap(f"compare with {relative(path, start)}")
