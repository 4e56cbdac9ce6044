"""A copy of the project for students: everything but the solutions and the history.

What git tracks or would track is copied; without git (a checkout unpacked from a zip), all that .gitignore does not
name. A marker in the copy says, with a fingerprint of each file, what this command wrote. Only that may a later run
replace: a folder without marker, and a copy in which someone has worked, are left alone.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from tools.environment import ROOT
from tools.say import Trouble, digest

MARKER = ".student-copy.json"
# Folders and files that need the solutions, or that only the project itself runs.
LEFT_OUT = (
    "solutions/",
    ".github/",
    ".ci/run",
    ".ci/binder/",
    ".ci/nbgrader_proof.py",
    ".ci/sphinx/exercise_sections.py",
    "code/tests/test_assignments.py",
    "code/tests/test_exercises.py",
    "code/tests/test_student.py",
    MARKER,
)
BEGIN, END = "<!-- solution: begin -->", "<!-- solution: end -->"


def write_student_copy(folder: Path) -> None:
    """Write or renew the copy, and say what to do with it."""
    folder = folder.absolute()
    if folder == ROOT or folder in ROOT.parents:
        raise Trouble(f"{folder} holds this project: name another folder for the students' copy")
    texts = {path: content(path) for path in wanted(ROOT, folder)}
    forget(folder)
    for path, data in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        shutil.copymode(ROOT / path, target)
    marks = {path: digest(data) for path, data in texts.items()}
    (folder / MARKER).write_text(json.dumps(marks, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {len(texts)} files to {folder}: all but the solutions and the history.\n{NEXT.format(folder=folder)}")


NEXT = """
To hand it out, make a repository of it and push that:

    cd {folder}
    git init --initial-branch=main
    git add .
    git commit -m "Exercises on KV caching"
    git remote add origin ADDRESS
    git push -u origin main

make clean removes all that lies below _build. To renew a copy with its history, keep it elsewhere:
make student-repo ARGS=../FOLDER writes over its own files there, and over nothing else."""


# ---- what is copied


def wanted(root: Path, folder: Path) -> list[str]:
    """The paths of a student's copy, relative to the project and with slashes."""
    paths = git_files(root)
    if paths is None:
        paths = list(unignored(root, root, patterns(root)))
    inside = folder.relative_to(root).as_posix() + "/" if folder.is_relative_to(root) else None
    return sorted(
        path for path in paths
        if (root / path).is_file() and not path.startswith(LEFT_OUT) and not (inside and path.startswith(inside))
    )  # fmt: skip


def git_files(root: Path) -> list[str] | None:
    """What git tracks here, and what it would; None where git cannot say."""
    if not (root / ".git").exists() or not shutil.which("git"):
        return None
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=root, capture_output=True)
    return listed.stdout.decode().rstrip("\0").split("\0") if listed.returncode == 0 else None


def patterns(root: Path) -> list[str]:
    """The lines of .gitignore, which here use no more of its language than `ignored` knows."""
    lines = [line.strip() for line in (root / ".gitignore").read_text(encoding="utf-8").splitlines()]
    return [".git", *(line for line in lines if line and not line.startswith("#"))]


def unignored(root: Path, folder: Path, lines: list[str]) -> Iterator[str]:
    """Go through the folders that are not ignored."""
    for path in sorted(folder.iterdir()):
        name = path.relative_to(root).as_posix()
        if ignored(name, path.is_dir(), lines):
            continue
        if path.is_dir():
            yield from unignored(root, path, lines)
        else:
            yield name


def ignored(name: str, is_folder: bool, lines: list[str]) -> bool:
    """Whether a pattern names this path: `/x` at the top only, `x/` folders only, `*`, `?` and `[…]` in a name."""
    for line in lines:
        pattern = line.strip("/")
        tried = name if "/" in line.rstrip("/") else PurePosixPath(name).name
        if (is_folder or not line.endswith("/")) and fnmatch(tried, pattern):
            return True
    return False


def content(path: str) -> bytes:
    """A file's bytes; those of a page without the solutions of graded exercises."""
    data = (ROOT / path).read_bytes()
    if path.startswith("book/") and path.endswith(".md"):
        data = without_solutions(path, data.decode()).encode()
    return data


def without_solutions(path: str, text: str) -> str:
    """A page without what stands between the marks of a solution."""
    kept = re.sub(rf"^{BEGIN}\n.*?^{END}\n", "", text, flags=re.DOTALL | re.MULTILINE)
    if BEGIN in kept or END in kept:
        raise Trouble(f"{path} has `{BEGIN}` and `{END}` that do not pair: nothing was written")
    return kept


# ---- what is replaced


def forget(folder: Path) -> None:
    """Remove what an earlier run wrote, or refuse."""
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file()):
        raise Trouble(f"{folder} is there and was not made by this command: name an empty folder, or a new one")
    if not (folder / MARKER).is_file():
        return
    marks = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    written = {path: folder / path for path in marks if ".." not in path and (folder / path).is_file()}
    changed = [path for path, file in written.items() if digest(file.read_bytes()) != marks[path]]
    if changed:
        raise Trouble(f"someone has worked in {folder}: {changed[0]} was changed there; name another folder")
    for file in written.values():
        file.unlink()
