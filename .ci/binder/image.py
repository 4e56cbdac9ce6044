"""What repo2docker would make of the project, without Docker: a home folder with the files, and an environment.

Binder copies the repository into the home folder of its user, installs `binder/requirements.txt` for the Python that
`binder/runtime.txt` names, runs `binder/postBuild` once, and starts JupyterLab through `binder/start`.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tools.environment import READ, ROOT
from tools.say import Trouble, digest, last_line, stage
from tools.student import git_files

LEADS_ASTRAY = re.compile(r"(PYTHON|JUPYTER|IPYTHON|XDG_|KVLAB_|VIRTUAL_)\w*|PIP_(TARGET|USER|PREFIX|REQUIRE_\w+)")
BINDER_FILES = [ROOT / "binder" / name for name in ("runtime.txt", "requirements.txt", "postBuild")]
BASE_PATH = "/usr/local/bin:/usr/bin:/bin"  # never the project's own `.venv`, which would hide what is missing


class Image:
    """A home folder and an environment in a scratch folder.

    Attributes
    ----------
    home : Path
        The project's files, as Binder's user finds them.
    environment : Path
        The Python environment.
    """

    def __init__(self, scratch: Path) -> None:
        self.home = scratch / "home"
        self.environment = scratch / "environment"
        self._seal = scratch / "made-of"

    def build(self) -> None:
        """Go through Binder's steps; in an image that is there already, only the project's files are copied anew."""
        asked = digest((ROOT / "pyproject.toml").read_bytes(), *(path.read_bytes() for path in BINDER_FILES))
        if self._seal.exists() and self._seal.read_text(encoding="utf-8") == asked:
            copy_project(self.home)
            return
        self._remove()
        with stage("Binder: a clean copy of the project"):
            copy_project(self.home)
        with stage(f"Binder: packages for Python {named_python()}"):
            self.run(named_interpreter(), "-m", "venv", str(self.environment))
            self.run("pip", "install", "--no-cache-dir", "-r", "binder/requirements.txt")
        self._activate_in_terminals()
        with stage("Binder: binder/postBuild"):
            self.run("./binder/postBuild")
        self._seal.write_text(asked, encoding="utf-8")

    def _activate_in_terminals(self) -> None:
        """Put the environment first on a terminal's PATH: Binder does it in /etc/profile.d."""
        path = f"export PATH={shlex.quote(str(self.environment / 'bin'))}:$PATH\n"
        (self.home / ".bash_profile").write_text(path, encoding="utf-8")

    def _remove(self) -> None:
        self._seal.unlink(missing_ok=True)
        for folder in (self.home, self.environment):
            shutil.rmtree(folder, ignore_errors=True)

    def run(self, *command: str) -> str:
        """Run a command in the home folder; return what it said, or say why it failed."""
        done = subprocess.run(command, cwd=self.home, env=self.variables(), check=False, **READ)
        if done.returncode:
            print(*done.stdout.splitlines()[-15:], sep="\n", file=sys.stderr)
            raise Trouble(f"in Binder's place, `{' '.join(command)}` failed: {last_line(done.stdout)}")
        return done.stdout

    def variables(self) -> dict[str, str]:
        """What the programs see: Binder's home, its environment first on PATH, and nothing of this project's own."""
        kept = {name: value for name, value in os.environ.items() if not LEADS_ASTRAY.fullmatch(name)}
        path = f"{self.environment / 'bin'}:{BASE_PATH}"
        return {**kept, "HOME": str(self.home), "REPO_DIR": str(self.home), "PATH": path, "SHELL": "/bin/bash"}

    def megabytes(self) -> dict[str, float]:
        """Return how much the parts take on disk."""
        cache = self.home / ".cache" / "kvlab"
        return {"packages": size(self.environment), "model": size(cache), "project": size(self.home) - size(cache)}


def copy_project(home: Path) -> None:
    """Copy what git tracks, or would: nothing that was built here comes along, and nothing of an earlier copy stays."""
    for folder in home.glob("[!.]*"):
        shutil.rmtree(folder) if folder.is_dir() else folder.unlink()
    for name in git_files(ROOT) or []:
        if (ROOT / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, home / name)
    if not home.is_dir():
        raise Trouble("Binder's copy is made of what git knows: run this in a git checkout")


def named_python() -> str:
    """Return the version that `binder/runtime.txt` names."""
    return (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")


def named_interpreter() -> str:
    """Return a Python of that version."""
    version = named_python()
    if sys.version_info[:2] == tuple(map(int, version.split("."))):
        return sys.executable
    found = shutil.which(f"python{version}")
    if not found:
        raise Trouble(f"Binder runs Python {version}, and there is none here: install it, or try on another machine")
    return found


def size(folder: Path) -> float:
    """Return the megabytes that a folder takes on disk."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6
