"""``python -m kvlab.bench``: the whole comparison, printed and, if asked, recorded. ``make bench`` calls it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kvlab.bench.peers import threads_here
from kvlab.bench.quiet import BUSY, wait_until_quiet
from kvlab.bench.record import as_record, write_record
from kvlab.bench.study import SECTIONS, Section, Settings, study
from kvlab.bench.table import table
from kvlab.measure.report import machine


def main(arguments: list[str]) -> int:
    """Run the study as often as asked; return the exit status."""
    options = _parser().parse_args(arguments)
    pythons = {"transformers": options.transformers, "llama.cpp": options.llama}
    settings = Settings(
        {name: path for name, path in pythons.items() if path}, options.threads, options.repeats, options.sections
    )
    print(f"{machine()}; {options.threads} threads")
    for name in [name for name, path in pythons.items() if not path]:
        print(f"{name} is left out: no environment was given.")
    runs = []
    for number in range(options.runs):
        busy = wait_until_quiet()
        if busy is not None and busy > BUSY:
            print(f"The machine is busy with other things ({busy:.0%}): times will be high, and ratios uncertain.")
        if options.runs > 1:
            print(f"\nrun {number + 1} of {options.runs}")
        runs.append([_shown(section) for section in study(settings)])
    if options.record:
        write_record(options.record, as_record(runs, settings))
        print(f"\nrecorded in {options.record}")
    return 0


def _shown(section: Section) -> Section:
    for line in table(section.title, section.rows, unit=section.unit):
        print(line, flush=True)
    for note in section.notes:
        print(f"    {note}", flush=True)
    return section


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kvlab.bench", description=__doc__)
    parser.add_argument("--transformers", type=Path, help="the Python of an environment with torch and transformers")
    parser.add_argument("--llama", type=Path, help="the Python of one with llama-cpp-python and gguf")
    parser.add_argument("--threads", type=int, default=threads_here(), help="of every engine (default all)")
    parser.add_argument("--repeats", type=int, default=12, help="rounds of each row (default 12)")
    parser.add_argument("--runs", type=int, default=1, help="of the whole; a record keeps the medians of all")
    parser.add_argument("--sections", nargs="+", default=SECTIONS, choices=SECTIONS)
    parser.add_argument("--record", type=Path, help="write what was measured into this file")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
