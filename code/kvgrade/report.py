"""One run of pytest, reporting: a sign for each item, the table of points at the end, the score as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kvgrade.course import find_exercises
from kvgrade.items import KEY, unpack
from kvgrade.table import block, marks_for, next_line, relative, table, total, wrap
from kvgrade.verdict import Verdict


class Report:
    """Gathers verdicts from pytest's reports, which xdist brings from other processes, and shows them."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.reported: dict[str, Verdict] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """The sign of an item in pytest's line of dots."""
        entry = carried(report)
        if entry is None:
            return None
        reporter = self.config.pluginmanager.getplugin("terminalreporter")
        marks = marks_for(getattr(reporter._tw._file, "encoding", None) if reporter else None)
        return {
            "passed": ("passed", marks.full, "PASSED"),
            "todo": ("to do", marks.todo, "TO DO"),
            "wrong": ("wrong", marks.wrong, "WRONG"),
        }[entry["outcome"]]

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Add an item to the verdict on its exercise."""
        entry = carried(report)
        if entry is not None:
            verdict = unpack(entry)
            before = self.reported.get(verdict.exercise.name)
            items = {**(before.items if before else {}), **verdict.items}
            self.reported[verdict.exercise.name] = Verdict(**{**vars(verdict), "items": items})

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The table of points, and what to do next."""
        if self.reported:
            for line in summary(self.verdicts(), self.config, terminalreporter._tw):
                terminalreporter.write_line(line)

    def pytest_sessionfinish(self) -> None:
        """``--grade-json``."""
        if self.config.option.grade_json and not hasattr(self.config, "workerinput"):
            text = json.dumps(self.score(), indent=1, ensure_ascii=False) + "\n"
            Path(self.config.option.grade_json).write_text(text, encoding="utf-8")

    def verdicts(self) -> list[Verdict]:
        """What was reported, in the book's order."""
        return sorted(self.reported.values(), key=lambda verdict: verdict.exercise.order)

    def score(self) -> dict[str, Any]:
        """Points, of how many, and every exercise."""
        verdicts = self.verdicts()
        return {
            "points": sum(verdict.points for verdict in verdicts),
            "of": sum(verdict.exercise.total for verdict in verdicts),
            "seed": self.config.option.seed,
            "exercises": [verdict.as_dict() for verdict in verdicts],
        }


def carried(report: Any) -> dict[str, Any] | None:
    """What `ExerciseItem` gave a report to carry; None for other tests, and for set-up and clean-up."""
    if report.when != "call":
        return None
    entry: dict[str, Any] | None = dict(getattr(report, "user_properties", [])).get(KEY)
    return entry


def summary(verdicts: list[Verdict], config: pytest.Config, writer: Any) -> list[str]:
    """The last lines of a run: all chapters, or, if a few exercises were chosen, only those; the sum; the next."""
    marks, start = marks_for(getattr(writer._file, "encoding", None)), config.invocation_params.dir
    lines = [""]
    if len(verdicts) < len(find_exercises(verdicts[0].exercise.path.parent.parent)):
        for verdict in verdicts:
            lines += [*block(verdict, marks, writer.markup), *reference(verdict, start)]
    else:
        lines += table(verdicts, marks, writer.markup)
    lines += ["", total(verdicts)]
    if not (config.option.solutions or config.option.answers) and (line := next_line(verdicts, start)):
        lines.append(line)
    return lines


def reference(verdict: Verdict, start: Path) -> list[str]:
    """Where to compare an answer that is right."""
    path = verdict.exercise.answer_in(verdict.exercise.path.parent.parent.parent / "solutions")
    if verdict.state != "full" or not path.exists():
        return []
    return wrap(f"compare with {relative(path, start)}")
