"""pytest: its options, and what becomes of an exercise's tests.

A file ``tests/test_e3_window_mask.py`` with a card beside it is not imported by pytest. It becomes two items at most,
*correct* and *efficient*, which a process of its own judges; so ``-k``, ``-x``, ``--lf``, xdist, JUnit files and the
exit status all mean what they always mean. ``-k 3.3`` selects an exercise by its number.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kvgrade.grader import Grader
from kvgrade.items import ExerciseFile
from kvgrade.report import Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `pytest exercises/`."""
    group = parser.getgroup("exercises")
    group.addoption("--hint", metavar="N", help="print the next hint of an exercise, such as 3.3")
    group.addoption("--watch", action="store_true", help="judge each exercise again when its file is saved")
    group.addoption("--solutions", action="store_true", help="grade the reference solutions")
    group.addoption("--answers", metavar="FOLDER", help="grade the answers in this folder (default: exercises/)")
    group.addoption("--grade-json", metavar="FILE", help="write the score of every exercise to a file")
    group.addoption("--seed", type=int, default=0, metavar="N", help="seed of the random inputs (default: 0)")


def pytest_configure(config: pytest.Config) -> None:
    """One grader and one report a run; neither starts anything before there is an exercise to judge."""
    config.pluginmanager.register(Grader(config), "kvgrade-grader")
    config.pluginmanager.register(Report(config), "kvgrade-report")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """``--hint`` and ``--watch`` take the place of a run."""
    if not (config.option.hint or config.option.watch):
        return None
    from kvgrade.commands import run_hint, run_watch

    config._do_configure()  # as pytest's own --help and --cache-show do: the hints are counted in its cache
    try:
        return run_hint(config) if config.option.hint else run_watch(config)
    finally:
        config._ensure_unconfigure()


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: Any) -> pytest.Collector | None:
    """The tests of an exercise are not imported here: they, and the answer, run elsewhere."""
    if module_path.parent.name == "tests" and module_path.with_name(f"{module_path.stem[5:]}.toml").exists():
        return ExerciseFile.from_parent(parent, path=module_path)
    return None
