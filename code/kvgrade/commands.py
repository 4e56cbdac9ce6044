"""``pytest exercises/ --hint N`` and ``--watch``, which take the place of a run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kvgrade.course import find, find_exercises, holds_exercises
from kvgrade.hints import hint_lines
from kvgrade.table import block, marks_for, relative, wrap


def exercises_root(config: pytest.Config) -> Path:
    """The folder of the exercises that this run is about.

    Raises
    ------
    pytest.UsageError
        There is none.
    """
    for start in [Path(arg.split("::")[0]).resolve() for arg in config.args] + [config.rootpath]:
        for folder in (start, start / "exercises", *start.parents):
            if holds_exercises(folder):
                return folder
    raise pytest.UsageError("there are no exercises here: run this from the project's folder, pytest exercises/")


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
        print(*block(verdict, marks, writer.markup), "", sep="\n", flush=True)
    return 0
