"""The students' copy: no solutions in it, everything works, and nobody's work is overwritten."""

import ast
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


# ---- this project's copy


def test_nothing_of_the_solutions_is_there(copy):
    names = files(copy)
    assert not [name for name in names if name.startswith(student.LEFT_OUT) and name != student.MARKER]
    assert not [name for name in names if {"solutions", "wrong", ".git"} & set(Path(name).parts)]
    assert not [name for name in names if Path(name).name in ("mutants.json", "survivors.toml")]
    assert {"tasks.py", "Makefile", "exercises/pytest.ini", "code/kvgrade/plugin.py", "_toc.yml"} <= set(names)


# Statements of references that stand elsewhere, too, and give nothing away: the file in which each may stand.
SHOWN = {
    "scores = grouped @ keys.transpose(0, 2, 1)": ["book/03-cached-attention.md"],  # chapter 3 shows it, of a batch
    "end = self.position + key.shape[1]": ["book/02-cache-design.md", "code/examples/torch_cache.py"],
    "points = list(zip(lengths, seconds, strict=True))": [
        "exercises/05_performance_analysis/tests/test_e3_long_runs.py"
    ],
    "room = share * memory - weights - activations": ["exercises/06_production_context/tests/test_e5_what_fits.py"],
    "cache.advance(n_tokens)": [
        "book/02-cache-design.md",
        "exercises/06_production_context/tests/test_e2_what_leaves_the_cache.py",
    ],
    "if group['kind'] == 'latent':": ["exercises/06_production_context/tests/test_e4_memory_calculator.py"],
    "if group['kind'] == 'state':": ["exercises/06_production_context/tests/test_e4_memory_calculator.py"],
}
SHORT = 20  # letters; a shorter statement, `return written`, is nobody's secret


def squeezed(text):
    """A text as it is whatever its line breaks, quotes and last commas."""
    return re.sub(r",([)\]}])", r"\1", "".join(text.split()).replace("'", '"'))


def statements(source):
    """The statements of all functions, of an `if` or a loop the head; no docstrings, no comments."""
    lines, found = source.splitlines(), set()
    for function in [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]:
        for node in [inner for one in function.body for inner in ast.walk(one) if isinstance(inner, ast.stmt)]:
            is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if not is_text and not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                end = node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
                found.add(squeezed(re.sub(r"  #.*", "", "\n".join(lines[node.lineno - 1 : end]))))
    return {statement for statement in found if len(statement) >= SHORT}


def leaks(texts):
    """Where a statement of a reference stands that neither the package nor a stub shows: (statement, path) pairs."""
    is_open = re.compile(r"code/kvlab/.*|exercises/\w+/\w+\.py").fullmatch
    shown = "".join(text for path, text in texts.items() if is_open(path))
    found = []
    for solution in sorted((ROOT / "solutions").glob("*/e*.py")):
        for statement in sorted(statements(solution.read_text(encoding="utf-8"))):
            if statement not in shown:
                found += [(statement, path) for path, text in texts.items() if statement in text]
    allowed = {(squeezed(statement), path) for statement, paths in SHOWN.items() for path in paths}
    return [pair for pair in found if pair not in allowed]


@pytest.fixture(scope="module")
def texts(copy):
    """Everything that can be read in the copy, squeezed, by path."""
    paths = [path for path in files(copy) if Path(path).suffix not in (".npz", ".png")]
    return {path: squeezed((copy / path).read_text(encoding="utf-8", errors="replace")) for path in paths}


def test_no_statement_of_a_reference_is_there(texts):
    assert not leaks(texts)


@pytest.mark.parametrize("path", ["book/03-cached-attention.md", "code/kvgrade/table.py", "exercises/README.md"])
def test_one_statement_is_a_leak(texts, path):
    """In other quotes and line breaks, too."""
    told = "sometext. return min(\n  n_generated,\n  n_prompt + n_generated - 1 - position,\n) and more"
    assert [found for _, found in leaks({**texts, path: texts[path] + squeezed(told)})] == [path]
    for solution in (ROOT / "solutions").glob("*/e*.py"):
        text = texts[path] + squeezed(solution.read_text(encoding="utf-8"))
        assert leaks({**texts, path: text}), f"{solution.name} could lie in {path}"


def test_no_page_has_a_solution_of_a_graded_exercise(copy):
    numbers = {f"ex-{path.parent.name[1]}-{path.name[1]}" for path in (ROOT / "exercises").glob("*/e*.py")}
    for page in (copy / "book").rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert student.BEGIN not in text and student.END not in text, page.name
        assert not re.search(r"(literalinclude|include)\} +\S*solutions", text), page.name
        assert not numbers & set(re.findall(r"\{solution(?:-start)?\} +(\S+)", text)), page.name
    assert len(numbers) >= 24


def promises(book):
    """The pages that say where solutions are."""
    said = re.compile(r"\bsolutions?\b[^.:]*\bfolded\b", re.IGNORECASE)
    return {page.name for page in book.rglob("*.md") if said.search(page.read_text(encoding="utf-8"))}


def test_no_page_promises_a_solution_that_is_gone(copy):
    others = {"00-before-you-start.md"}  # means the exercises that are not graded, whose solutions stay
    assert promises(ROOT / "book") == {"exercises.md", "index.md"} | others
    assert promises(copy / "book") == others


def test_the_pages_of_the_contents_are_there_and_parse(copy):
    """Their directives are closed, and their cells are Python."""
    contents = (copy / "_toc.yml").read_text(encoding="utf-8")
    names = re.findall(r"(?:root|file): +(\S+)", contents)
    assert len(names) > 8
    for name in names:
        text = (copy / f"{name}.md").read_text(encoding="utf-8")
        fences = re.findall(r"^ *(`{3,}|:{3,})", text, re.MULTILINE)
        assert all(fences.count(fence) % 2 == 0 for fence in fences), name
        for cell in re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            ast.parse("\n".join(line for line in cell.splitlines() if not line.startswith((":", "%"))))


def test_its_commands_explain_themselves(copy):
    done = run_there(copy, "tasks.py", "help")
    assert done.returncode == 0 and "exercises" in done.stdout, done.stdout + done.stderr


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
