"""The students' copy: no solutions in it, everything works, and nobody's work is overwritten."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import student
from tools.say import Trouble

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The copy of this project."""
    folder = tmp_path_factory.mktemp("student") / "course"
    student.write_student_copy(folder)
    return folder


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def lines(path):
    return {line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()}


# ---- this project's copy


def test_nothing_of_the_solutions_is_there(copy):
    names = files(copy)
    assert not [name for name in names if name.startswith(student.LEFT_OUT) and name != student.MARKER]
    assert not [name for name in names if {"solutions", "wrong", ".git"} & set(Path(name).parts)]
    assert not [name for name in names if Path(name).name in ("mutants.json", "survivors.toml")]
    assert {"tasks.py", "Makefile", "exercises/pytest.ini", "code/kvgrade/plugin.py", "_toc.yml"} <= set(names)


def test_no_file_has_much_of_a_reference(copy):
    """A line alone can be a coincidence, and what the package shows is no secret; half of the long lines are a leak."""
    shown = set().union(*(lines(path) for path in (ROOT / "code" / "kvlab").rglob("*.py")))
    shown |= set().union(*(lines(path) for path in (ROOT / "exercises").glob("*/e*.py")))
    texts = {path: lines(path) for path in copy.rglob("*") if path.is_file() and path.suffix not in (".npz", ".png")}
    texts = {path: found for path, found in texts.items() if "kvlab" not in path.parts}
    for solution in (ROOT / "solutions").glob("*/e*.py"):
        long = {line for line in lines(solution) - shown if len(line) > 30}
        secret = {line for line in long if not line.startswith(("from ", "import "))}
        for path, found in texts.items():
            leaked = secret & found
            assert not leaked or 2 * len(leaked) < len(secret), (solution.name, path.relative_to(copy), leaked)


def test_tests_that_need_the_solutions_stay_here():
    needy = [path.name for path in (ROOT / "code" / "tests").glob("*.py") if 'ROOT / "solutions"' in path.read_text()]
    assert needy and not [name for name in needy if f"code/tests/{name}" not in student.LEFT_OUT]


def test_pages_include_no_file_that_is_gone(copy):
    named = r"(?:literalinclude|include|image|figure)\} +([^\s`]+)"
    for page in (copy / "book").glob("*.md"):
        for path in re.findall(named, page.read_text(encoding="utf-8")):
            assert "://" in path or (page.parent / path).exists(), (page.name, path)


def run_there(copy, *command):
    """Run Python in the copy, with the copy's packages."""
    env = {**os.environ, "PYTHONPATH": str(copy / "code"), "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *command]
    return subprocess.run(command, cwd=copy, env=env, capture_output=True, text=True, encoding="utf-8", timeout=200)


def test_the_unsolved_course_runs_there(copy):
    done = run_there(copy, "-m", "pytest", "exercises/", "-p", "no:cacheprovider")
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    assert re.search(r"^Total 0/\d+   \d+ to do$", done.stdout, re.MULTILINE), done.stdout + done.stderr
    where = run_there(copy, "-c", "import kvgrade; print(kvgrade.__file__)").stdout
    assert Path(where.strip()).is_relative_to(copy)


def test_its_tests_can_be_imported(copy):
    done = run_there(copy, "-m", "pytest", "--collect-only", "-q", "-n0", "-p", "no:cacheprovider")
    assert done.returncode == 0 and re.search(r"\d{3,} tests? collected|\d{3,}/\d+ tests", done.stdout), done.stdout[
        -2000:
    ]


# ---- a small project


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a page, an exercise and its solution, not a git repository."""
    root = tmp_path / "project"
    texts = {
        ".gitignore": "# made\n/_build/\n/.venv/\n*.egg-info/\n__pycache__/\n*.py[cod]\n.DS_Store\n",
        "book/01-a.md": f"one\n{student.BEGIN}\nanswer\n{student.END}\ntwo\n{student.BEGIN}\n42\n{student.END}\n",
        "exercises/01_a/e1_a.py": "stub\n",
        "solutions/01_a/e1_a.py": "answer\n",
        "code/tests/test_exercises.py": "needs solutions\n",
        "code/kvlab/_build.py": "kept\n",
        "_build/html/index.html": "made\n",
        "code/a.egg-info/PKG-INFO": "made\n",
        "code/b.egg-info": "kept: a pattern with a slash at its end names folders\n",
        "code/kvlab/__pycache__/a.pyc": "made\n",
        "code/.DS_Store": "made\n",
        ".git-blame-ignore-revs": "kept\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    monkeypatch.setattr(student, "ROOT", root)
    return root


KEPT = [
    ".git-blame-ignore-revs", ".gitignore", student.MARKER, "book/01-a.md", "code/b.egg-info", "code/kvlab/_build.py",
    "exercises/01_a/e1_a.py",
]  # fmt: skip


@pytest.mark.parametrize("git", [False, True], ids=["a zip", "git"])
def test_what_is_copied(project, tmp_path, git, capsys):
    if git:
        subprocess.run(["git", "init", "--quiet"], cwd=project, check=True)
        subprocess.run(["git", "add", "book"], cwd=project, check=True)  # the rest is untracked, and not ignored
    script = project / "code/b.egg-info"
    script.chmod(0o755)
    student.write_student_copy(tmp_path / "copy")
    assert files(tmp_path / "copy") == KEPT
    assert (tmp_path / "copy/code/b.egg-info").stat().st_mode == script.stat().st_mode
    assert (tmp_path / "copy/book/01-a.md").read_text() == "one\ntwo\n"
    said = capsys.readouterr().out
    assert "Wrote 6 files" in said and "git init" in said and "git push" in said


def test_a_copy_inside_the_project_does_not_hold_itself(project):
    for _ in range(2):
        student.write_student_copy(project / "for-students")
        assert files(project / "for-students") == KEPT


@pytest.mark.parametrize("marks", ["<!-- solution: begin -->\nx\n", "x\n<!-- solution: end -->\n"])
def test_marks_that_do_not_pair_stop_it(project, tmp_path, marks):
    (project / "book/01-a.md").write_text(marks)
    with pytest.raises(Trouble, match=r"book/01-a.md has .* nothing was written"):
        student.write_student_copy(tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_second_run_renews_its_own_files_only(project, tmp_path):
    copy = tmp_path / "copy"
    student.write_student_copy(copy)
    (copy / ".git").mkdir()
    (copy / ".git/HEAD").write_text("history\n")
    (copy / "notes.md").write_text("mine\n")
    (project / ".git-blame-ignore-revs").unlink()
    (project / "exercises/01_a/e1_a.py").write_text("stub, second edition\n")
    student.write_student_copy(copy)
    assert files(copy) == sorted({*KEPT, ".git/HEAD", "notes.md"} - {".git-blame-ignore-revs"})
    assert (copy / "exercises/01_a/e1_a.py").read_text() == "stub, second edition\n"


def test_it_refuses_what_it_did_not_make(project, tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    student.write_student_copy(folder)  # an empty folder will do
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "thesis.tex").write_text("years\n")
    with pytest.raises(Trouble, match="was not made by this command"):
        student.write_student_copy(folder)
    assert files(folder) == ["thesis.tex"]
    with pytest.raises(Trouble, match="was not made by this command"):
        student.write_student_copy(folder / "thesis.tex")


def test_it_refuses_to_overwrite_an_answer(project, tmp_path):
    copy = tmp_path / "copy"
    student.write_student_copy(copy)
    (copy / "exercises/01_a/e1_a.py").write_text("an answer\n")
    with pytest.raises(Trouble, match=r"someone has worked in .*exercises/01_a/e1_a.py"):
        student.write_student_copy(copy)
    assert (copy / "exercises/01_a/e1_a.py").read_text() == "an answer\n" and (copy / "book/01-a.md").exists()


def test_it_refuses_the_project_itself(project):
    for folder in (project, project.parent):
        with pytest.raises(Trouble, match="holds this project"):
            student.write_student_copy(folder)
