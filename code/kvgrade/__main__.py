"""Commands beside `pytest exercises/`.

For instructors: ``python -m kvgrade grade SUBMISSIONS [--out scores.csv]``. For the authors of exercises:
``python -m kvgrade record [CHAPTER ...]`` and ``mutants [NUMBER ...]``.
"""

from __future__ import annotations

import sys

from kvgrade.exercise import find_exercises, select
from kvgrade.notebook import find_root
from kvgrade.record import record


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    if arguments[:1] == ["grade"]:
        from kvgrade.classroom import main as grade

        return grade(arguments[1:])
    root = find_root()
    solutions = root.parent / "solutions"
    if arguments[:1] == ["record"]:
        for path, text in record(select(find_exercises(root), arguments[1:]), solutions).items():
            path.write_text(text, encoding="utf-8")
            print(f"wrote {path.relative_to(root.parent)}")
        return 0
    if arguments[:1] == ["mutants"]:
        from kvgrade.mutation import run

        return run(root, solutions, arguments[1:])
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
