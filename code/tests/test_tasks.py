"""The commands fail with one sentence, are safe to repeat, and install exactly what the lock says."""

import ast
import errno
import os
import re
import shutil
import stat
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import tasks
from tools import environment as env
from tools import faults, npm, pages
from tools import results as reuse
from tools.say import Trouble

ROOT = Path(tasks.__file__).resolve().parent
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
SOURCES = [ROOT / "tasks.py", ROOT / ".ci" / "browser" / "prepare.py", *sorted((ROOT / ".ci" / "tools").glob("*.py"))]


def run_tasks(folder, *arguments, **extra):
    """Run tasks.py as a person would; return (status, stdout, stderr)."""
    command = [sys.executable, "tasks.py", *arguments]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **extra}, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def one_sentence(stderr):
    """Assert that this is one line from tasks.py and not a traceback; return it."""
    lines = [line for line in stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and lines[0].startswith("tasks.py: "), stderr
    return lines[0]


# ------------------------------------------------------------------------------ the interpreter


def test_tasks_parses_on_python_3_6():
    tree = ast.parse((ROOT / "tasks.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert "__future__" not in modules  # `annotations` is a syntax error on 3.6, which ast.parse does not notice


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_only_the_standard_library_is_needed(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            assert name.split(".")[0] in {*sys.stdlib_module_names, "tools", "browser"}


def test_which_pythons_are_supported():
    assert [minor for minor in range(6, 20) if tasks.unsupported((3, minor, 0)) is None] == [11, 12, 13]
    assert tasks.unsupported((3, 8, 18)) == "this is Python 3.8, and the book needs Python 3.11, 3.12 or 3.13"
    assert "3.14" in tasks.unsupported((3, 14, 0))


def as_python(version, path):
    """Run tasks.py while sys.version_info says something else."""
    code = f"import runpy, sys; sys.argv = ['tasks.py', 'help']; sys.version_info = {version}\n"
    code += "runpy.run_path('tasks.py', run_name='__main__')"
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": str(path)}, capture_output=True, text=True)


@pytest.mark.parametrize("version", [(3, 8, 18), (3, 10, 0), (3, 14, 0)])
def test_an_unsupported_python_says_so(version, tmp_path):
    done = as_python(version, tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert "{}.{}, and the book needs".format(*version) in one_sentence(done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="writes a shell script")
def test_an_unsupported_python_hands_over_to_one_that_starts(tmp_path):
    broken, good = tmp_path / "python3.13", tmp_path / "python3.12"
    broken.write_text("#!/bin/sh\nexit 127\n")  # as pyenv's shims are for versions that are not chosen
    good.write_text('#!/bin/sh\n[ "$1" = -c ] && exit 0\necho "handed over: $2"\nexit 7\n')
    for script in (broken, good):
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    done = as_python((3, 9, 0), tmp_path)
    assert (done.returncode, done.stdout) == (7, "handed over: help\n"), done.stderr


# ------------------------------------------------------------------------------------- the lock


def test_every_entry_has_hashes_and_no_address():
    entries = env.entries(LOCK)
    assert len(entries) > 100
    for name, pin, _ in entries:
        assert re.fullmatch(r"\S+==[\w.!+]+( ; [^\n]+)? \\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+", pin), name
    assert not re.search(r"://|--(extra-)?index|--find-links|file:| @ |/tmp|\+cpu", LOCK)


def test_the_lock_has_no_torch():
    assert not {"torch", "transformers"} & {name for name, _, _ in env.entries(LOCK)}


def test_closure_follows_the_comments_and_takes_nothing_else():
    lock = """\
a==1 \\
    --hash=sha256:0
    # via kvlab (pyproject.toml)
b-c==2 ; python_full_version < '3.12' \\
    --hash=sha256:1
    # via a
b-c==3 ; python_full_version >= '3.12' \\
    --hash=sha256:2
    # via
    #   a
    #   other
d==4 \\
    --hash=sha256:3
    # via
    #   b-c
    #   kvlab (pyproject.toml)
other==5 \\
    --hash=sha256:4
    # via kvlab (pyproject.toml)
"""
    taken = env.closure(lock, {"a"})
    assert [line for line in taken.splitlines() if line[0] != " "] == [
        "a==1 \\",
        "b-c==2 ; python_full_version < '3.12' \\",
        "b-c==3 ; python_full_version >= '3.12' \\",
        "d==4 \\",
    ]
    assert "via" not in taken
    with pytest.raises(Trouble, match=r"does not pin missing: run python tasks.py lock"):
        env.closure(lock, {"a", "missing"})


@pytest.mark.parametrize("name", env.SETS)
def test_closure_holds_what_the_installed_packages_say_they_need(name):
    """The packages' own metadata is a second opinion on the dependency graph."""
    roots = env.roots(env.SETS[name], env.project())
    held = {entry for entry, _, _ in env.entries(env.closure(LOCK, roots))}
    seen, open_ = set(), [(root, frozenset({""})) for root in roots]
    while open_:
        package, extras = open_.pop()
        assert package in held
        try:
            requires = metadata.requires(package) or []
        except metadata.PackageNotFoundError:
            continue  # not installed here: another set's, or another system's
        seen.add(package)
        for requirement in map(Requirement, requires):
            wanted = any(requirement.marker is None or requirement.marker.evaluate({"extra": x}) for x in extras)
            child = (env.canonical(requirement.name), frozenset({"", *requirement.extras}))
            if wanted and child[0] not in seen:
                open_.append(child)
    if name == "test":
        assert {"numpy", "tokenizers", "pytest", "iniconfig", "mypy-extensions"} <= seen


def test_a_set_does_not_bring_the_others():
    names = {name: env.closure(LOCK, env.roots(extras, env.project())) for name, extras in env.SETS.items()}
    assert "\nsphinx==" not in names["test"] and "\npytest==" not in names["book"] and "\nmypy==" not in names["bench"]
    assert all("\nnumpy==" in text for text in names.values())


# -------------------------------------------------------------------------------- the environment


@pytest.fixture
def sandbox(tmp_path, monkeypatch):
    """An environment in a temporary folder whose pip is a list of what it was asked to do."""
    asked = []
    venv = tmp_path / ".venv"
    for name, value in {"ROOT": tmp_path, "BUILD": tmp_path / "_build", "VENV": venv}.items():
        monkeypatch.setattr(env, name, value)
    monkeypatch.setattr(env, "LOCK", tmp_path / "requirements.lock")
    monkeypatch.setattr(env, "STAMP", venv / "installed.json")
    monkeypatch.setattr(env, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(env, "create_venv", lambda: (asked.append("create"), venv.mkdir(exist_ok=True)))
    monkeypatch.setattr(env, "pip", lambda *arguments: asked.append(arguments[0]))
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return asked


FIRST = ["create", "--require-hashes", "--no-deps"]


def test_the_second_run_does_nothing(sandbox):
    env.environment("test")
    assert sandbox == FIRST
    env.environment("test")
    assert sandbox == FIRST
    env.environment("bench")  # another set goes into the same .venv
    assert sandbox == [*FIRST, *FIRST[1:]]
    env.environment("test")
    assert sandbox == [*FIRST, *FIRST[1:]]


def test_a_changed_lock_or_project_installs_again(sandbox, tmp_path):
    env.environment("test")
    lock = tmp_path / "requirements.lock"
    lock.write_text(lock.read_text().replace("pytest==", "pytest==0."))
    env.environment("test")
    assert sandbox == [*FIRST, *FIRST[1:]]
    (tmp_path / "pyproject.toml").write_bytes((tmp_path / "pyproject.toml").read_bytes() + b"\n")
    env.environment("test")
    assert sandbox == [*FIRST, *FIRST[1:], *FIRST[1:]]


@pytest.mark.parametrize("damage", ["no stamp", "half a stamp", "moved", "other Python", "dead interpreter"])
def test_a_venv_that_cannot_be_trusted_is_made_anew(sandbox, damage, monkeypatch, tmp_path):
    env.environment("test")
    stamp = env.STAMP.read_text()
    if damage == "no stamp":
        env.STAMP.unlink()
    elif damage == "half a stamp":
        env.STAMP.write_text(stamp[: len(stamp) // 2])
    elif damage == "moved":
        monkeypatch.setattr(env, "VENV", tmp_path / "moved")
        (tmp_path / "moved").mkdir()
    elif damage == "other Python":
        monkeypatch.setattr(sys, "version", "3.99")
    else:
        monkeypatch.setattr(env, "PYTHON", tmp_path / "nowhere" / "python")
    env.environment("test")
    assert sandbox == FIRST * 2


FAKE_PIP = """\
import sys
print("Collecting numpy")
if "{until}" == "download": sys.exit("ERROR: connection broken by NewConnectionError")
print("Installing collected packages: numpy", flush=True)
sys.exit("OSError: [Errno 28] No space left on device")
"""


@pytest.mark.parametrize(("until", "trusted"), [("download", True), ("install", False)])
def test_the_stamp_goes_when_pip_starts_to_install(until, trusted, tmp_path, monkeypatch):
    """A download that fails harms nothing; an installation that stops midway leaves a .venv to be made anew."""
    (tmp_path / "pip.py").write_text(FAKE_PIP.format(until=until))
    stamp = tmp_path / "installed.json"
    stamp.write_text("{}")
    monkeypatch.setattr(env, "STAMP", stamp)
    monkeypatch.setattr(env, "ROOT", tmp_path)  # `python -m pip` finds the fake in the folder that it runs in
    monkeypatch.setattr(env, "BUILD", tmp_path / "_build")
    monkeypatch.setattr(env, "PYTHON", Path(sys.executable))
    with pytest.raises(Trouble, match="network" if trusted else "disk is full"):
        env.pip("numpy")
    assert stamp.exists() is trusted
    assert "Collecting numpy" in (tmp_path / "_build" / "pip.log").read_text()


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_gets_the_line_to_type(module, monkeypatch, tmp_path):
    found = env.importlib.util.find_spec
    monkeypatch.setattr(env.importlib.util, "find_spec", lambda name: None if name == module else found(name))
    monkeypatch.setattr(env, "VENV", tmp_path / ".venv")
    with pytest.raises(Trouble, match="sudo apt-get install python3-venv"):
        env.create_venv()
    assert not (tmp_path / ".venv").exists()


def test_too_little_disk_is_said_before_anything_is_made(sandbox, monkeypatch):
    monkeypatch.setattr(env.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**10, 10**10, 123 * 10**6))
    with pytest.raises(Trouble, match=r"`book` need about \d+ MB of disk, and 123 MB are free"):
        env.environment("book")
    assert sandbox == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "differs from the one"),
        ("WARNING: Retrying after connection broken by 'NewConnectionError'", "cannot be reached, or lacks"),
        ("something\nERROR: odd\n", "pip failed: ERROR: odd"),
    ],
)
def test_what_pip_says_becomes_a_sentence(said, sentence):
    assert sentence in env.pip_trouble(said)


def test_no_network(tmp_path):
    """For real: a copy of the tree, a package index that refuses the connection."""
    for name in ("tasks.py", "pyproject.toml", "requirements.lock", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("tools", "browser"):
        shutil.copytree(ROOT / ".ci" / folder, tmp_path / ".ci" / folder)
    closed = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_RETRIES": "0",
        "PIP_NO_CACHE_DIR": "1",
    }
    status, stdout, stderr = run_tasks(tmp_path, "lint", **closed)
    assert status == 1 and "Installing the" in stdout
    assert "check the network and run this again" in one_sentence(stderr)
    assert (tmp_path / ".venv").exists() and not (tmp_path / ".venv" / "installed.json").exists()


def test_nothing_leads_the_projects_python_elsewhere(monkeypatch):
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET"):
        monkeypatch.setenv(name, "/elsewhere")
    clean = env.clean_env(EXTRA="1")
    assert "/elsewhere" not in clean.values() and clean["EXTRA"] == "1"
    assert clean["PATH"].startswith(str(env.PYTHON.parent))


# ----------------------------------------------------------------------------------- the commands


def test_help_lists_every_command_and_the_makefile_names_them():
    status, stdout, _ = run_tasks(ROOT, "help")
    assert status == 0
    assert [line.split()[0] for line in stdout.splitlines()] == list(tasks.COMMANDS)
    named = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1).split()
    assert set(named) == set(tasks.COMMANDS)


def test_an_unknown_command_is_named():
    status, _, stderr = run_tasks(ROOT, "bok")
    assert status == 2 and "no command `bok`" in one_sentence(stderr)


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (KeyboardInterrupt(), 130, "stopped; running it again goes on from here"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "the disk is full"),
        (Trouble("words", 5), 5, "words"),
    ],
)
def test_foreseen_failures_end_in_one_sentence(error, status, sentence, monkeypatch, capsys):
    def command():
        raise error

    monkeypatch.setitem(tasks.COMMANDS, "book", command)
    assert tasks.main("book") == status
    assert sentence in one_sentence(capsys.readouterr().err)


def test_other_errors_are_not_hidden(monkeypatch):
    def command():
        raise PermissionError(errno.EACCES, "denied")

    monkeypatch.setitem(tasks.COMMANDS, "book", command)
    with pytest.raises(PermissionError):
        tasks.main("book")


@pytest.mark.parametrize(("pytest_status", "ruff_status"), [(0, 0), (1, 0), (5, 0), (0, 1)])
def test_test_fails_if_anything_in_it_fails(pytest_status, ruff_status, monkeypatch, capsys):
    answers = {"kvlab": 0, "pytest": pytest_status, "ruff": ruff_status, "mypy": 0}
    monkeypatch.setattr(tasks, "environment", lambda name: None)
    monkeypatch.setattr(tasks, "run", lambda module, *arguments: answers[module])
    assert tasks.main("test") == (1 if pytest_status or ruff_status else 0)
    output = capsys.readouterr()
    assert ("Everything passed." in output.out) is (not pytest_status and not ruff_status)


def test_a_model_that_cannot_be_fetched_stops_the_command(monkeypatch, capsys):
    monkeypatch.setattr(tasks, "environment", lambda name: None)
    monkeypatch.setattr(tasks, "run", lambda module, *arguments: {"kvlab": 1}[module])
    assert tasks.main("test") == 1
    assert "the model is not there" in one_sentence(capsys.readouterr().err)


# -------------------------------------------------------------------------------------- the pages


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A tree with one chapter, one module, and the results of a build that succeeded."""
    build = tmp_path / "_build"
    names = {"ROOT": "", "BUILD": "_build", "PAGES": "_build/html", "LOCK": "lock", "WHOLE": "_build/whole"}
    for name, path in names.items():
        monkeypatch.setattr(reuse, name, tmp_path / path)
    for name in ("lock", "_config.yml", "code/kvlab/a.py", "book/01.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    reuse.forget_stale_results(fresh=False)
    for name in (".jupyter_cache", ".doctrees", "html"):
        (build / name).mkdir()
    reuse.WHOLE.touch()
    return lambda: {name for name in (".jupyter_cache", ".doctrees", "html") if (build / name).exists()}


ALL = {".jupyter_cache", ".doctrees", "html"}


@pytest.mark.parametrize(
    ("changed", "left"),
    [(None, ALL), ("book/01.md", ALL), ("code/kvlab/a.py", set()), ("lock", set()), ("_config.yml", set())],
)
def test_results_live_as_long_as_what_they_depend_on(results, tmp_path, changed, left):
    if changed:
        (tmp_path / changed).write_text("x = 2\n")
    reuse.forget_stale_results(fresh=False)
    assert results() == left


def test_fresh_drops_all_results(results):
    reuse.forget_stale_results(fresh=True)
    assert results() == set()


def test_after_a_failed_build_the_pages_are_read_again(results):
    """Else Sphinx would not repeat the warnings, and the second run would be green."""
    reuse.WHOLE.unlink()
    reuse.forget_stale_results(fresh=False)
    assert results() == {".jupyter_cache"}


def test_faults_of_a_page(tmp_path):
    good = '<a href="https://example.org">x</a><link rel="canonical" href="https://example.org/x">'
    (tmp_path / "a.js").touch()
    (tmp_path / "good.html").write_text(good + '<script src="a.js"></script>')
    assert faults.page_faults(tmp_path) == []
    bad = [
        '<script async src="https://example.org/a.js"></script>',
        '<link rel="stylesheet" href="//example.org/a.css">',
        "<img alt='x' src='http://example.org/a.png'>",
        '<span class="katex-error" title="ParseError">x</span>',
        "<style>@import 'https://example.org/a.css';</style>",
        "<style>p { background: url(https://example.org/a.png) }</style>",
    ]
    for number, text in enumerate(bad):
        (tmp_path / "bad.html").write_text(text)
        assert len(faults.page_faults(tmp_path)) == 1, number
    (tmp_path / "bad.html").write_text("".join(bad))
    assert len(faults.page_faults(tmp_path)) == len(bad)


def test_the_failed_cell_is_found_in_the_output():
    cell = "An error occurred while executing the following cell:\n---\n1/0\n---\n\n\nZeroDivisionError\n"
    said = f"noise\nx.Error: {cell}\nThe above exception was the direct cause\nnoise"
    assert pages.failed_cells(said) == [cell]
    assert pages.failed_cells("all went well") == []


def test_what_the_kernel_runs_first_makes_warnings_errors():
    code = reuse.KERNEL_START
    code += "import warnings\ntry:\n    warnings.warn('x')\nexcept UserWarning:\n    print('raised')\n"
    code += "print([name for name in globals() if name[0] == '_' and name[1] != '_'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "raised\n[]\n", done.stderr


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Stand-ins for npm's packages, and a list of the times that they were fetched."""
    fetched = []

    def fetch():
        fetched.append(1)
        dist = tmp_path / "_build" / "npm" / "node_modules" / "katex" / "dist"
        (dist / "fonts").mkdir(parents=True, exist_ok=True)
        (dist.parents[1] / "purgecss").mkdir(exist_ok=True)
        for form in ("woff2", "woff", "ttf"):
            (dist / "fonts" / f"A.{form}").write_text(form)
        face = ",".join(f'url(fonts/A.{form}) format("{form}")' for form in ("woff2", "woff", "truetype"))
        (dist / "katex.min.css").write_text(f"@font-face{{src:{face.replace('.truetype', '.ttf')}}}p{{top:0}}")
        return dist.parents[1]

    for name, path in {"ROOT": "", "BUILD": "_build"}.items():
        monkeypatch.setattr(npm, name, tmp_path / path)
    monkeypatch.setattr(npm, "npm_packages", fetch)
    (tmp_path / "package-lock.json").write_text("1")
    return fetched


def test_the_pages_assets_are_fetched_when_they_are_missing_or_old(packages, tmp_path):
    npm.assets()
    katex = tmp_path / "_build" / "assets" / "katex"
    assert (katex / "katex.min.css").read_text() == '@font-face{src:url(fonts/A.ttf) format("truetype")}p{top:0}'
    assert [path.name for path in (katex / "fonts").iterdir()] == ["A.ttf"]
    npm.assets()
    assert len(packages) == 1
    (tmp_path / "package-lock.json").write_text("2")
    npm.assets()
    assert len(packages) == 2
    shutil.rmtree(tmp_path / "_build" / "npm")
    npm.assets()
    assert len(packages) == 3


def test_katex_in_the_pages_is_the_one_that_renders():
    """Style sheet and renderer must be of one version; sphinxcontrib-katex brings its own renderer."""
    assert '"katex": "0.16.22"' in (ROOT / "package.json").read_text()
    assert re.search(r'"node_modules/katex": \{\s+"version": "0\.16\.22"', (ROOT / "package-lock.json").read_text())
    assert "\nsphinxcontrib-katex==0.9.11 " in LOCK  # which has KaTeX 0.16.22
    assert "://registry" not in (ROOT / "package-lock.json").read_text()
