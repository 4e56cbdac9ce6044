"""What the checks need besides `.venv`: a browser, Java, and two checkers from npm. The standard library only."""

import os
import shutil
import subprocess
from pathlib import Path

from tools.environment import BUILD, ROOT, program
from tools.say import Trouble, digest, stage

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
AXE, VNU = "axe-core/axe.min.js", "vnu-jar/build/dist/vnu.jar"  # below node_modules
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def chromium() -> str:
    """Return the path of the browser; the environment variable CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM")
    if named and not shutil.which(named):
        raise Trouble(f"CHROMIUM names {named}, which is no program: name the browser's program, or unset it")
    found = [path for name in (named, *BROWSERS) if name and (path := shutil.which(name))]
    found += [path for path in APPLICATIONS if Path(path).exists()]
    if not found:
        raise Trouble(
            "the pages are checked in Chromium, which is not here: on Debian, type sudo apt-get install chromium; "
            "elsewhere, install Chrome, or let the environment variable CHROMIUM name its program"
        )
    return found[0]


def java() -> str:
    """Return the path of a Java that starts: macOS has a `java` that only says that there is none."""
    path = shutil.which("java")
    if not path or subprocess.run([path, "-version"], capture_output=True).returncode:
        raise Trouble(
            "the HTML checker runs on Java, which is not here: on Debian, type sudo apt-get install "
            "default-jre-headless; elsewhere, install any Java from 11 on"
        )
    return path


def checkers() -> Path:
    """Have axe-core and vnu, as package-lock.json pins them, and return the folder that holds them."""
    work = BUILD / "npm-check"
    seal = digest((ROOT / "package-lock.json").read_bytes())
    whole = all((work / "node_modules" / name).exists() for name in (AXE, VNU))
    if not whole or not (work / "seal").exists() or (work / "seal").read_text() != seal:
        with stage("Fetching axe-core and vnu with npm"):
            fetch(work)
        (work / "seal").write_text(seal)
    return work / "node_modules"


def fetch(work: Path) -> None:
    """Install what package-lock.json pins into a folder."""
    work.mkdir(parents=True, exist_ok=True)
    (work / "seal").unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, work)
    try:
        with program("npm", "ci", cwd=work) as process:
            said = process.stdout.read()
    except FileNotFoundError:
        raise Trouble("npm is not in .venv: type make check-pages, which installs it") from None
    if process.returncode:
        (BUILD / "npm.log").write_text(said, encoding="utf-8")
        raise Trouble("npm could not fetch the checkers: check the network and run this again (_build/npm.log)")


def require_browser() -> None:
    """Say in one sentence which program is missing, before anything is installed or checked."""
    chromium()
    java()
