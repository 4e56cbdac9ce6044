"""pytest: how an exercise's tests become items, items points, and points a score.

A file ``tests/test_e3_window_mask.py`` with a card beside it is not imported by pytest. It becomes two items at most,
*correct* and *efficient*, which a process of its own judges; so ``-k``, ``-x``, ``--lf``, xdist, JUnit files and the
exit status all mean what they always mean. ``-k 3.3`` selects an exercise by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from kvgrade.exercise import Exercise, find_exercises, read_exercise
from kvgrade.verdict import Item, Verdict

if TYPE_CHECKING:
    from kvgrade.judge import Outcome

KEY = "kvgrade"


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
    """One grader a run; nothing of it starts before there is an exercise to judge."""
    config.pluginmanager.register(Grader(config), "kvgrade-run")


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


def exercises_root(config: pytest.Config) -> Path:
    """The folder of the exercises that this run is about."""
    for start in [Path(arg.split("::")[0]).resolve() for arg in config.args] + [config.rootpath]:
        for folder in (start, start / "exercises", *start.parents):
            if any(folder.glob("[0-9][0-9]_*/tests/*.toml")):
                return folder
    raise pytest.UsageError("there are no exercises here: run this from the project's folder, pytest exercises/")


class ExerciseFile(pytest.File):
    """The tests of one exercise."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each kind of points on the card."""
        exercise = read_exercise(self.path)
        for name in exercise.points:
            yield ExerciseItem.from_parent(self, name=name, exercise=exercise)


class ExerciseItem(pytest.Item):
    """*Correct* or *efficient* of one exercise."""

    def __init__(self, *, exercise: Exercise, **rest: Any) -> None:
        super().__init__(**rest)
        self.exercise = exercise
        self.extra_keyword_matches.add(exercise.number)

    def runtest(self) -> None:
        """Wait for the process that judges this exercise, and pass or fail as it says."""
        verdict = self.config.pluginmanager.getplugin("kvgrade-run").verdict(self.exercise)
        item = verdict.items[self.name]
        self.user_properties.append((KEY, pack(verdict, self.name)))
        if item.outcome != "passed":
            raise NotPassed(verdict, self.name)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What pytest, JUnit and others print of it: no traceback, the learner's lines."""
        if not isinstance(excinfo.value, NotPassed):
            return super().repr_failure(excinfo, style)
        verdict, item = excinfo.value.verdict, excinfo.value.verdict.items[self.name]
        return "to do" if item.outcome == "todo" else "\n".join([verdict.headline, *verdict.lines()])

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where pytest says that it is."""
        return self.path, 0, f"{self.exercise.number} {self.exercise.title}: {self.name}"


class NotPassed(Exception):
    """An item is to do or wrong."""

    def __init__(self, verdict: Verdict, name: str) -> None:
        super().__init__(verdict.items[name].headline or "to do")
        self.verdict = verdict


class Grader:
    """What one run of pytest knows of the exercises: their jobs, and the verdicts so far."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.workers: Any = None
        self.jobs: dict[str, Future[Outcome]] = {}
        self.known: dict[str, Verdict] = {}
        self.reported: dict[str, Verdict] = {}

    # ---- judging

    def start(self, exercise: Exercise) -> None:
        """Begin to judge an exercise, unless that has begun."""
        from kvgrade.commands import answers_root
        from kvgrade.grade import job_for
        from kvgrade.judge import Outcome
        from kvgrade.table import relative
        from kvgrade.workers import Workers

        if exercise.name in self.jobs or exercise.name in self.known:
            return
        answers = answers_root(self.config, exercise)
        shown = relative(exercise.answer_in(answers), self.config.invocation_params.dir)
        try:
            job = job_for(exercise, answers, seed=self.config.option.seed, shown_as=shown)
        except FileNotFoundError:
            missing = {name: Item("todo", f"{shown} is not there") for name in exercise.points}
            self.known[exercise.name] = Verdict(exercise, Outcome(missing).items)
            return
        self.workers = self.workers or Workers()
        self.jobs[exercise.name] = self.workers.start(job)

    def verdict(self, exercise: Exercise) -> Verdict:
        """The verdict on an exercise, waited for."""
        from kvgrade.grade import verdict_of

        self.start(exercise)
        if exercise.name not in self.known:
            outcome = self.workers.result(self.jobs[exercise.name])
            self.known[exercise.name] = verdict_of(exercise, outcome)
        return self.known[exercise.name]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin with all of them at once; an xdist worker waits to hear which are its own."""
        if self.config.option.collectonly or hasattr(self.config, "workerinput"):
            return
        for item in session.items:
            if isinstance(item, ExerciseItem):
                self.start(item.exercise)

    def pytest_unconfigure(self) -> None:
        """End the processes."""
        if self.workers is not None:
            self.workers.close()

    # ---- reporting

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """The sign of an item in pytest's line of dots."""
        entry = dict(getattr(report, "user_properties", [])).get(KEY)
        if entry is None or report.when != "call":
            return None
        from kvgrade.table import marks_for

        marks = marks_for(getattr(self.stream(), "encoding", None))
        outcome = entry["outcome"]
        if outcome == "passed":
            return "passed", marks.full, "PASSED"
        return ("tests to do", marks.todo, "TO DO") if outcome == "todo" else ("tests wrong", marks.wrong, "WRONG")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Gather verdicts; with xdist they come from other processes."""
        entry = dict(getattr(report, "user_properties", [])).get(KEY)
        if entry is not None and report.when == "call":
            verdict = unpack(entry)
            before = self.reported.get(verdict.exercise.name)
            items = {**(before.items if before else {}), **verdict.items}
            self.reported[verdict.exercise.name] = Verdict(**{**vars(verdict), "items": items})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table of points, and what to do next."""
        if self.reported:
            from kvgrade.commands import summarise

            summarise(self.verdicts(), self.config, terminalreporter)

    def pytest_sessionfinish(self) -> None:
        """``--grade-json``."""
        if self.config.option.grade_json and not hasattr(self.config, "workerinput"):
            verdicts = self.verdicts()
            score = {
                "points": sum(verdict.points for verdict in verdicts),
                "of": sum(verdict.exercise.total for verdict in verdicts),
                "seed": self.config.option.seed,
                "exercises": [verdict.as_dict() for verdict in verdicts],
            }
            text = json.dumps(score, indent=1, ensure_ascii=False) + "\n"
            Path(self.config.option.grade_json).write_text(text, encoding="utf-8")

    def verdicts(self) -> list[Verdict]:
        """What was reported, in the book's order."""
        return sorted(self.reported.values(), key=lambda verdict: verdict.exercise.order)

    def stream(self) -> Any:
        """The stream that pytest writes to."""
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        return reporter._tw._file if reporter is not None else None


def pack(verdict: Verdict, name: str) -> dict[str, Any]:
    """One item of a verdict as simple values, which xdist can carry."""
    item = verdict.items[name]
    return {
        "test": str(verdict.exercise.test), "name": name, "outcome": item.outcome, "headline": item.headline,
        "lines": item.lines, "seconds": item.seconds, "says": verdict.says, "where": verdict.where,
        "link": verdict.link, "printed": verdict.printed,
    }  # fmt: skip


def unpack(entry: dict[str, Any]) -> Verdict:
    """The verdict that `pack` made simple, with its one item."""
    item = Item(entry["outcome"], entry["headline"], entry["lines"], entry["seconds"])
    more = {key: entry[key] for key in ("says", "where", "link", "printed")}
    return Verdict(read_exercise(Path(entry["test"])), {entry["name"]: item}, **more)


__all__ = ["Grader", "exercises_root", "find_exercises"]
