"""Commands beside `pytest exercises/`.

For instructors: ``python -m kvgrade grade SUBMISSIONS [--out scores.csv]``. For the authors of exercises:
``python -m kvgrade record [CHAPTER ...]`` and ``mutants [NUMBER ...]``.
"""

from __future__ import annotations

import sys

from kvgrade.course import find_exercises, find_root, select


def main(arguments: list[str]) -> int:
    """Do what the first argument says; return the exit status."""
    command, *rest = arguments or ["help"]
    if command == "grade":
        from kvgrade.classroom import main as grade

        return grade(rest)
    if command not in ("record", "mutants"):
        print(__doc__)
        return 2
    try:
        return record_mistakes(rest) if command == "record" else count_mutants(rest)
    except ValueError as error:
        print(f"kvgrade: {error}", file=sys.stderr)
        return 1


def record_mistakes(wanted: list[str]) -> int:
    """Write what known wrong answers of these chapters return, or of all; a chapter has one file."""
    from kvgrade.record import record

    root, chapters = find_root(), [name.partition(".")[0] for name in wanted]
    for path, text in record(select(find_exercises(root), chapters), root.with_name("solutions")).items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(root.parent)}")
    return 0


def count_mutants(numbers: list[str]) -> int:
    """Bring the mutation scores of these exercises up to date, or of all."""
    from kvgrade.mutation import run

    root = find_root()
    return run(root, root.with_name("solutions"), numbers)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
