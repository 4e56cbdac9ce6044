"""The project's own `.venv`: what goes into it, and how to know that it is whole.

A *set* is a choice of extras from pyproject.toml. Its packages, with all that they need in turn, are cut
out of the one requirements.lock and handed to pip with `--require-hashes`. A stamp in `.venv` records the
sets that are there. It goes when pip starts to install and comes back when pip has finished, so an
interruption leaves a `.venv` without a stamp, and the next run starts over.
"""

import contextlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path

from tools.say import FULL_DISK, Trouble, digest, last_line, progress, stage

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "_build"
LOCK = ROOT / "requirements.lock"
BINDER = ROOT / "binder" / "requirements.txt"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.json"
READ = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "encoding": "utf-8", "errors": "replace"}

SETS = {
    "exercises": ["exercises"],
    "test": ["model", "test"],
    "book": ["model", "book"],
    "bench": ["model", "bench", "compiled"],
    "live": ["model", "exercises", "live"],
    "assignments": ["assignments"],
    "browser": ["browser"],
}
# Megabytes to have free before a set is installed: its size on disk and pip's downloads, rounded up.
ROOM_MB = {"exercises": 200, "test": 600, "book": 1000, "bench": 700, "live": 900, "assignments": 600, "browser": 700}

# ------------------------------------------------------------------------------------- the lock


def project() -> dict:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def canonical(requirement: str) -> str:
    """Return the name in a requirement, spelled as the lock spells it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


def roots(extras: Iterable[str], settings: dict) -> set[str]:
    """Return the packages that the project, its build and these extras ask for by name."""
    wanted = settings["build-system"]["requires"] + settings["project"]["dependencies"]
    for extra in extras:
        wanted = wanted + settings["project"]["optional-dependencies"][extra]
    return {canonical(requirement) for requirement in wanted}


def entries(lock: str) -> list[tuple[str, str, set[str]]]:
    """Split the lock into (name, the pin with its hashes, names of the packages that ask for it)."""
    found = []
    for text in re.split(r"\n(?=\w)", lock.strip()):
        pin, _, askers = text.partition("# via")
        names = re.findall(r"^[ #]*([\w.-]+) *$", askers, flags=re.MULTILINE)
        found.append((canonical(text), pin.rstrip() + "\n", {canonical(name) for name in names}))
    return found


def closure(lock: str, names: Collection[str]) -> str:
    """Return the part of the lock that these packages need, as a requirements file.

    The lock's `# via` comments are the dependency graph, read backwards. Should one be missing, nothing
    wrong gets installed: with `--require-hashes`, pip refuses a dependency that is not pinned.
    """
    pinned = entries(lock)
    absent = set(names) - {name for name, _, _ in pinned}
    if absent:
        raise Trouble(f"requirements.lock does not pin {', '.join(sorted(absent))}: run python tasks.py lock")
    needed: set[str] = set()
    more = set(names)
    while more:
        needed |= more
        more = {name for name, _, askers in pinned if askers & needed} - needed
    return "".join(pin for name, pin, _ in pinned if name in needed)


def packages(name: str) -> str:
    """Return the part of the lock that one set needs, as a requirements file."""
    return closure(LOCK.read_text(encoding="utf-8"), roots(SETS[name], project()))


def write_binder_requirements() -> None:
    """Write what Binder installs: the set `live`, cut out of the lock as for `.venv`."""
    head = "# Written by `python tasks.py lock`: the part of requirements.lock that notebooks and exercises need.\n"
    BINDER.write_text(head + packages("live"), encoding="utf-8", newline="\n")


# -------------------------------------------------------------------------------- the environment


def environment(name: str) -> None:
    """Make `.venv` hold one set and the project itself; do nothing if it does already."""
    wanted = packages(name)
    seal = digest(wanted.encode(), (ROOT / "pyproject.toml").read_bytes())
    stamp = read_stamp()
    if stamp["sets"].get(name) == seal:
        return
    room_for(ROOM_MB[name], f"the packages for `{name}`")
    if not stamp["sets"]:
        with stage(f"Creating .venv with Python {sys.version.split()[0]}"):
            create_venv()
    with stage(f"Installing the {len(entries(wanted))} packages of `{name}`"):
        listing = VENV / f"{name}-requirements.txt"
        listing.write_text(wanted, encoding="utf-8")
        pip("--require-hashes", "-r", str(listing))
        pip("--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT))
        stamp["sets"][name] = seal
        part = STAMP.with_suffix(".part")
        part.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
        part.replace(STAMP)


def read_stamp() -> dict:
    """Return what `.venv` holds: nothing if it is unfinished, broken, moved, or made by another Python."""
    nothing = {"home": str(VENV), "python": sys.version, "sets": {}}
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
        works = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except (OSError, ValueError):
        return nothing
    same = all(stamp.get(key) == nothing[key] for key in ("home", "python"))
    return stamp if works and same else nothing


def create_venv() -> None:
    """Start `.venv` afresh."""
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Trouble(
            "this Python cannot create virtual environments; on Debian or Ubuntu, type: "
            f"sudo apt-get install python3-venv (or python3.{sys.version_info.minor}-venv)"
        )
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        said = made.stdout + made.stderr
        raise Trouble(FULL_DISK if no_space(said) else f"could not create .venv: {last_line(said)}")


def pip(*arguments: str) -> None:
    """Run `pip install`, show which package it is at, and turn a failure into a sentence."""
    command = [PYTHON, "-m", "pip", "install", "--no-input", "--progress-bar", "off", *arguments]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, env=clean_env(), **READ) as process:
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Installing collected packages"):
                with contextlib.suppress(FileNotFoundError):
                    STAMP.unlink()
            if line.startswith(("Collecting", "Installing")):
                progress(line.strip())
    progress("")
    if process.returncode:
        BUILD.mkdir(exist_ok=True)
        (BUILD / "pip.log").write_text("".join(lines), encoding="utf-8")
        raise Trouble(pip_trouble("".join(lines)) + " (pip's own words are in _build/pip.log)")


def pip_trouble(output: str) -> str:
    """Return one sentence for why pip failed."""
    if no_space(output):
        return FULL_DISK
    if "DO NOT MATCH THE HASHES" in output or "Hashes are required" in output:
        return "a package differs from the one that requirements.lock pins, so nothing was installed"
    if re.search(r"connection broken|max retries|connectionerror|timed out|versions: none", output, re.I):
        return "the package index cannot be reached, or lacks a package: check the network and run this again"
    return f"pip failed: {last_line(output)}"


def no_space(output: str) -> bool:
    """Tell whether a program's output complains about a full disk."""
    return re.search(r"No space left|Errno 28|not enough space", output) is not None


def room_for(megabytes: int, what: str) -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(ROOT).free // 10**6
    if free < megabytes:
        raise Trouble(f"{what} need about {megabytes} MB of disk, and {free} MB are free")


def clean_env(**more: str) -> dict[str, str]:
    """Return the environment less what would lead `.venv`'s programs astray, with them first on PATH."""
    astray = {"PYTHONHOME", "PYTHONPATH", "PIP_PREFIX", "PIP_QUIET", "PIP_REQUIRE_HASHES", "PIP_TARGET", "PIP_USER"}
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    path = os.pathsep.join([str(PYTHON.parent), os.environ.get("PATH", os.defpath)])
    return {**kept, "PATH": path, "PYTHONNOUSERSITE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}


def run(module: str, *arguments: str) -> int:
    """Run a module with `.venv`'s Python in the project's folder; return its exit status."""
    return subprocess.call([PYTHON, "-m", module, *arguments], cwd=ROOT, env=clean_env())


def run_until_stopped(module: str, *arguments: str) -> int:
    """Run a module that Ctrl-C stops: it hears it as well, and gets the time that it needs to tidy up."""
    with subprocess.Popen([PYTHON, "-m", module, *arguments], cwd=ROOT, env=clean_env()) as process:
        while process.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):
                process.wait()
    return process.returncode


def program(name: str, *arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.Popen:
    """Start a program that a package put into `.venv`; its output is there to be read, line by line."""
    return subprocess.Popen([PYTHON.parent / name, *arguments], cwd=cwd, env=clean_env(**env), **READ)
