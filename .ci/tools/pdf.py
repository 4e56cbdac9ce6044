"""The book as a PDF: XeLaTeX typesets what `make book` has read and run, and the result is checked against the pages.

Nothing is executed for it: Jupyter Book's LaTeX builder takes the pages as they were read for HTML. How the book looks
on paper is in .ci/sphinx/paper; what is checked afterwards is in typeset.py.
"""

import shutil
import subprocess
from pathlib import Path

from tools.environment import BUILD, READ, clean_env
from tools.pages import PAGES, build, jupyter_book
from tools.say import Trouble, stage
from tools.typeset import Counts, faults, in_latex, in_pages, lost, summary

LATEX = BUILD / "latex"
NAME = "kv-caching"
WIDEST = 10.0  # points that a line may stick out

PROGRAMS = ("xelatex", "latexmk", "kpsewhich", "rsvg-convert", "fc-match")
FILES = (
    "fncychap.sty", "polyglossia.sty", "unicode-math.sty", "tabulary.sty", "newunicodechar.sty", "needspace.sty",
    "texgyrepagella-regular.otf", "texgyrepagella-math.otf", "texgyreheros-regular.otf",
)  # fmt: skip
FONT = "DejaVu Sans Mono"
INSTALL = (
    "sudo apt-get install texlive-xetex texlive-latex-extra texlive-fonts-recommended latexmk fonts-texgyre "
    "fonts-texgyre-math fonts-dejavu fonts-noto-color-emoji librsvg2-bin fontconfig"
)


def pdf(fresh: bool, paper: str) -> None:
    """Make `_build/kv-caching.pdf`, or say what is wrong with it."""
    build(fresh)
    with stage("Writing the book in LaTeX"):
        status, _ = jupyter_book("--builder", "latex", log="latex.log", KVLAB_PAPER=paper)
    if status:
        raise Trouble("the book could not be written in LaTeX, for the reasons above (all is in _build/latex.log)")
    with stage("Typesetting it"):
        log = typeset()
    target = BUILD / (f"{NAME}.pdf" if paper == "a4" else f"{NAME}-{paper}.pdf")
    shutil.copy(LATEX / f"{NAME}.pdf", target)
    pages, printed = in_pages(PAGES), in_latex((LATEX / f"{NAME}.tex").read_text(encoding="utf-8"))
    report(target, log, lost(pages, printed), printed)


def report(target: Path, log: str, missing: list[str], printed: Counts) -> None:
    """Print what came out, leave it beside the file, and refuse what is not whole."""
    words = summary(log, printed, target.stat().st_size)
    target.with_suffix(".txt").write_text(words + "\n", encoding="utf-8")
    wrong = missing + faults(log, WIDEST)
    print(words, *wrong, sep="\n")
    if wrong:
        raise Trouble("the PDF is there, but it has the faults above")


def require_tex() -> None:
    """Say in one sentence what to install, if anything is not there."""
    lacking = missing_programs() or missing_files()
    if lacking:
        raise Trouble(
            f"the PDF needs XeLaTeX, librsvg and some fonts, and this machine lacks {', '.join(lacking)}; on Debian or "
            f"Ubuntu, type: {INSTALL}"
        )


def missing_programs() -> list[str]:
    """The programs that are not on PATH."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def missing_files() -> list[str]:
    """The packages and fonts that TeX or fontconfig do not find."""
    found = subprocess.run(["kpsewhich", *FILES], **READ).stdout
    absent = [name for name in FILES if name not in found]
    family = subprocess.run(["fc-match", "--format=%{family}", FONT], **READ).stdout
    return absent if FONT in family else [*absent, FONT]


def typeset() -> str:
    """Run XeLaTeX as often as it takes; return its log."""
    command = ["latexmk", "-xelatex", "-interaction=nonstopmode", "-file-line-error", f"{NAME}.tex"]
    settings = clean_env(max_print_line="10000")  # no line of the log is cut in two
    done = subprocess.run(command, cwd=LATEX, env=settings, **{**READ, "errors": "replace"})
    path = LATEX / f"{NAME}.log"
    log = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if done.returncode:
        (LATEX / f"{NAME}.fdb_latexmk").unlink(missing_ok=True)  # or it would not try again
        (BUILD / "latexmk.log").write_text(done.stdout, encoding="utf-8")
        print(*[line for line in log.splitlines() if line.startswith((f"./{NAME}.tex:", "! "))][:10], sep="\n")
        raise Trouble("XeLaTeX stopped, for the reasons above (all it said is in _build/latex/kv-caching.log)")
    return log
