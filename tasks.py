#!/usr/bin/env python3
"""Everything a contributor types, on any system: `python tasks.py book`, `test`, `serve` and a few more.

Only the standard library is needed; `python tasks.py help` lists the commands. How `.venv` comes about is in
.ci/tools/environment.py, how the pages do in .ci/tools/pages.py.

This file alone keeps to the syntax of Python 3.6: an old interpreter must get as far as saying it is too old.
"""

import contextlib
import errno
import functools
import http.server
import os
import shutil
import subprocess
import sys

SUPPORTED = ((3, 11), (3, 12), (3, 13))


def unsupported(version):
    """Say what is wrong with this version of Python, or return None."""
    if tuple(version[:2]) in SUPPORTED:
        return None
    return "this is Python {}.{}, and the book needs Python 3.11, 3.12 or 3.13".format(*version[:2])


def other_python():
    """Find a supported Python on PATH, newest first; a name that does not start does not count."""
    for version in reversed(SUPPORTED):
        path = shutil.which("python{}.{}".format(*version))
        code = "import sys; sys.exit(sys.version_info[:2] != {})".format(version)
        if path and subprocess.call([path, "-c", code], stderr=subprocess.DEVNULL) == 0:
            return path
    return None


if __name__ == "__main__" and unsupported(sys.version_info):
    better = other_python()
    if better:
        sys.exit(subprocess.call([better, os.path.abspath(__file__)] + sys.argv[1:]))
    sys.exit("tasks.py: " + unsupported(sys.version_info))

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".ci"))

from browser.prepare import require_browser  # noqa: E402
from tools.environment import (  # noqa: E402
    LOCK,
    PYTHON,
    ROOT,
    VENV,
    environment,
    project,
    run,
    run_until_stopped,
    write_binder_requirements,
)
from tools.pages import PAGES, build  # noqa: E402
from tools.pdf import pdf as make_pdf  # noqa: E402
from tools.pdf import require_tex  # noqa: E402
from tools.peers import peer  # noqa: E402
from tools.say import FULL_DISK, Trouble, stage  # noqa: E402
from tools.student import write_student_copy  # noqa: E402


def book(*options):
    """build the pages into _build/html (--fresh runs every cell anew)"""
    environment("book")
    fetch_model()
    build("--fresh" in options)
    print("\nOpen {} in a browser, or type: make serve".format((PAGES / "index.html").relative_to(ROOT)))


def pdf(*options):
    """build _build/kv-caching.pdf, with LaTeX (--letter for US paper, --fresh as for book)"""
    require_tex()
    environment("book")
    fetch_model()
    make_pdf("--fresh" in options, "letter" if "--letter" in options else "a4")


def test(*options):
    """run the tests, lint and types (with options: pytest alone, with them)"""
    environment("test")
    fetch_model()
    if options:
        raise SystemExit(run("pytest", *options))
    with stage("Tests (pytest)"):
        failed = ["tests"] if run("pytest") else []
    verdict(failed + checks())


def check_pages(*options):
    """check the built pages in Chromium: links, figures, keyboard, weight, print (--pages FOLDER checks others)"""
    require_browser()
    if "--pages" not in options and not (PAGES / "index.html").exists():
        raise Trouble("there are no pages yet: type make book first")
    environment("browser")
    with stage("The pages in a browser"):
        failed = run("pytest", ".ci/browser", "-n", "2", "--dist", "loadfile", *options)
    verdict(["pages"] if failed else [])


def exercises():
    """get ready for the exercises: NumPy, pytest and the grader, no model"""
    environment("exercises")
    print("\nThe exercises are ready. Type these two lines:\n")
    print("    {}\n    pytest exercises/\n".format(activate()))
    print("The last lines then say where to begin. Or without the first: {} -m pytest exercises/".format(shown(PYTHON)))


def activate():
    """Return what switches `.venv` on in the shell that people have here."""
    return shown(VENV / "Scripts" / "activate") if os.name == "nt" else "source " + shown(VENV / "bin" / "activate")


def shown(path):
    """Return a path as one would type it in the project's folder."""
    return os.path.relpath(str(path), str(ROOT))


def student_repo(folder="_build/student"):
    """write a copy for students: no solutions, no history (FOLDER)"""
    write_student_copy(ROOT / folder)


def assignments(*options):
    """write the exercises as nbgrader notebooks into _build/assignments"""
    environment("assignments")
    raise SystemExit(run("kvgrade.assignments", *options))


def lint():
    """ruff and mypy, nothing else"""
    environment("test")
    verdict(checks())


def checks():
    """Run lint and types; return the names of those that failed."""
    with stage("Lint and types (ruff, mypy)"):
        return [name for name, *command in (("lint", "ruff", "check", "."), ("types", "mypy")) if run(*command)]


def verdict(failed):
    """End a command that checks things."""
    if failed:
        raise Trouble("failed: " + ", ".join(failed))
    print("\nEverything passed.")


def model():
    """fetch the language model, 98 MB, and verify it"""
    environment("test")
    fetch_model()


def fetch_model():
    """Have the model ready; a file that is there already is verified, not fetched."""
    with stage("The language model"):
        if run("kvlab", "model"):
            raise Trouble("the model is not there, for the reason above; running this again goes on from here")


def serve(port="8000"):
    """show the pages on http://localhost:8000"""
    if not (PAGES / "index.html").exists():
        raise Trouble("there are no pages yet: type make book first")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(PAGES))
    with http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler) as server:
        print("http://localhost:{}  (Ctrl-C stops it)".format(server.server_port), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def live(*options):
    """open the chapters as notebooks in JupyterLab"""
    environment("live")
    fetch_model()
    if run("kvlive"):
        raise Trouble("JupyterLab's settings could not be written into .venv, for the reason above")
    raise SystemExit(run_until_stopped("jupyterlab", "-y", "--notebook-dir", str(ROOT), *options))


def binder_check(*options):
    """run chapters in a browser, in a copy made as Binder makes it (Linux; --pages 00,03 takes these only)"""
    environment("browser")
    with stage("Chapters as Binder runs them"):
        failed = run("pytest", ".ci/binder", "--tb=short", *options)
    verdict(["Binder"] if failed else [])


def bench(*options):
    """time the engine beside others here (--llama compiles llama.cpp too, --alone: no others, --micro: its parts)"""
    environment("bench")
    if "--micro" in options:
        raise SystemExit(run("pytest", "code/benchmarks", *[option for option in options if option != "--micro"]))
    fetch_model()
    own, others = {"--llama", "--alone"}, []
    if "--alone" not in options:
        others = ["transformers"] + ["llama"] * ("--llama" in options)
    pythons = [part for name in others for part in ("--" + name, str(peer(name)))]
    raise SystemExit(run("kvlab.bench", *pythons, *[option for option in options if option not in own]))


def clean(*options):
    """remove what was built (--all: .venv too; the model stays in your cache folder)"""
    names = ["_build", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "code/kvlab.egg-info"]
    for name in names + [VENV.name] * ("--all" in options):
        shutil.rmtree(ROOT / name, ignore_errors=True)


def lock():
    """choose every dependency's version anew, for .venv and Binder (needs uv)"""
    if not shutil.which("uv"):
        raise Trouble("`lock` needs uv: type pip install uv")
    command = "uv pip compile --universal --generate-hashes --no-header --all-extras --python-version 3.11 --upgrade -q"
    build_tools = "\n".join(project()["build-system"]["requires"]).encode()
    made = subprocess.run(command.split() + ["-o", LOCK, "pyproject.toml", "-"], input=build_tools, cwd=ROOT)
    if made.returncode:
        raise Trouble("uv found no versions that fit together; its words are above")
    write_binder_requirements()


def usage():
    """show this list"""
    for name, command in COMMANDS.items():
        print("  {:<12} {}".format(name, command.__doc__))


COMMANDS = {
    "book": book,
    "pdf": pdf,
    "check-pages": check_pages,
    "test": test,
    "serve": serve,
    "live": live,
    "binder-check": binder_check,
    "bench": bench,
    "exercises": exercises,
    "lint": lint,
    "model": model,
    "student-repo": student_repo,
    "assignments": assignments,
    "lock": lock,
    "clean": clean,
    "help": usage,
}


def main(name="help", *options):
    """Run one command; what can be foreseen to fail ends in one sentence on stderr."""
    try:
        if name not in COMMANDS:
            raise Trouble("there is no command `{}`; python tasks.py help lists them".format(name), 2)
        COMMANDS[name](*options)
        return 0
    except KeyboardInterrupt:
        trouble = Trouble("stopped; running it again goes on from here", 130)
    except Trouble as caught:
        trouble = caught
    except OSError as caught:
        if caught.errno != errno.ENOSPC:
            raise
        trouble = Trouble(FULL_DISK)
    print("\ntasks.py: {}".format(trouble), file=sys.stderr)
    return trouble.status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
